/** Times as the API server writes them. Separate because it refuses what `Date` prints for one of its two formats. */

/** `metav1.Time`: RFC 3339 with whole seconds. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** `metav1.MicroTime`: six digits; three are refused. */
export function formatMicroTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

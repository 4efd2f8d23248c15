/** Equality of plain data, whatever the order of its keys; a field that is undefined is absent. */

/** Whether `a` and `b` would be the same JSON. */
export const isSame = (a: unknown, b: unknown): boolean => stableText(a) === stableText(b);

/** JSON with sorted keys: the same data always gives the same text. */
export function stableText(value: unknown, indent?: number): string {
  return JSON.stringify(sorted(value), undefined, indent);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

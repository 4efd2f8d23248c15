/**
 * Which zones of the engine are truncated, so that clients over UDP ask again over TCP: all names, and the zones inside
 * that are open to what lies around them. Zones that the engine answers by itself take no time, and are left alone. Pure.
 */

/** Types of local zones in which the engine asks others, as `list_local_zones` names them. */
const OPEN_TYPES = ['transparent', 'typetransparent'];

/** The zones to truncate, out of the engine's list of local zones: one a line, with its type. */
export function diverted(listed: string): readonly string[] {
  const open = listed
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([name, type]) => (name !== undefined && OPEN_TYPES.includes(type ?? '') ? [name] : []));
  return [...new Set(['.', ...open])];
}

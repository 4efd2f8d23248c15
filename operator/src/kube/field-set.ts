/**
 * Reads `metadata.managedFields`: the API server's own record of who set which field by server-side apply. From it we
 * know, with no table of kinds, which lists are maps (and by which keys), which are sets, and what is atomic.
 */
import { isRecord } from './object.js';

/**
 * The fields of one manager, as a tree. Names are those of FieldsV1: `f:name` a field, `k:{...}` an item of a list by its
 * keys, `v:...` a value of a set, `.` the item itself. A node without children is a scalar, or is atomic.
 */
export type FieldSet = Readonly<Record<string, unknown>>;

/** What `manager` has applied to `object` (or to its `subresource`); undefined if it never did. */
export function appliedFields(object: unknown, manager: string, subresource = ''): FieldSet | undefined {
  const metadata = isRecord(object) ? object['metadata'] : undefined;
  const entries = isRecord(metadata) ? metadata['managedFields'] : undefined;
  if (!Array.isArray(entries)) return undefined;
  for (const entry of entries) {
    if (!isRecord(entry) || entry['manager'] !== manager || entry['operation'] !== 'Apply') continue;
    if ((entry['subresource'] ?? '') !== subresource) continue;
    return isRecord(entry['fieldsV1']) ? entry['fieldsV1'] : {};
  }
  return undefined;
}

/**
 * `object` without the managedFields that `appliedFields` never reads: those of whoever updates and does not apply, which
 * are a third of a pod and of no use in a cache.
 */
export function withAppliedFieldsOnly(object: unknown): unknown {
  const metadata = isRecord(object) ? object['metadata'] : undefined;
  const entries = isRecord(metadata) ? metadata['managedFields'] : undefined;
  if (!isRecord(object) || !isRecord(metadata) || !Array.isArray(entries)) return object;
  const managedFields: unknown[] = entries.filter((entry) => isRecord(entry) && entry['operation'] === 'Apply');
  return { ...object, metadata: { ...metadata, managedFields } };
}

/** Whether a node has children, apart from the item itself. */
export const hasChildren = (fields: FieldSet): boolean =>
  Object.keys(fields).some((name) => name !== '.' && isRecord(fields[name]));

/** The children of a node, without the item itself. */
export function childrenOf(fields: FieldSet): readonly (readonly [name: string, child: FieldSet])[] {
  return Object.entries(fields).flatMap(([name, child]) =>
    name !== '.' && isRecord(child) ? [[name, child] as const] : [],
  );
}

/** Keys of list items that the API server fills in where they are left out; the only one among built-in kinds. */
const defaultKeys: Readonly<Record<string, unknown>> = { protocol: 'TCP' };

/** Says of the items of a list map whether they are the one that `k:{...}` names. */
export function itemMatcher(name: string): (item: unknown) => boolean {
  const keys = parseName(name);
  if (!isRecord(keys)) return () => false;
  const pairs = Object.entries(keys);
  return (item) => isRecord(item) && pairs.every(([key, value]) => (item[key] ?? defaultKeys[key]) === value);
}

/** The value that `v:...` names. */
export function setValueOf(name: string): unknown {
  return parseName(name);
}

function parseName(name: string): unknown {
  try {
    return JSON.parse(name.slice(2));
  } catch {
    return undefined;
  }
}

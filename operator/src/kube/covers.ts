/**
 * Decides whether an apply would change anything. Pure. It would not, if the live object holds every value of the intent
 * (other fields may have been filled in by defaults or belong to others), and if our manager owns exactly the fields of
 * the intent: one field more is a field that we have dropped and that has to go; one less was taken from us.
 */
import { parseQuantity } from '../api/quantity.js';
import { childrenOf, hasChildren, itemMatcher, setValueOf, type FieldSet } from './field-set.js';
import { isRecord } from './object.js';

type Json = Readonly<Record<string, unknown>>;

/** A place in the live object and the same place in the intent. */
interface Pair {
  readonly live: unknown;
  readonly intent: unknown;
  /** The name of the field, '' for an item of a list. */
  readonly field: string;
  /** Values here are quantities, equal by value. */
  readonly isQuantity: boolean;
}

/** True if `live` holds all of `intent`, and `owned` (see field-set.ts) are exactly the fields of `intent`. */
export function coversIntent(live: unknown, intent: unknown, owned: FieldSet | undefined): boolean {
  if (owned === undefined || !isRecord(intent)) return false;
  return covers({ live, intent: withoutIdentity(intent), field: '', isQuantity: false }, owned);
}

function covers(pair: Pair, owned: FieldSet): boolean {
  const { live, intent } = pair;
  if (!hasChildren(owned)) return isSame(pair);
  if (isRecord(intent)) return isRecord(live) && coversMap(pair, { live, intent, owned });
  if (Array.isArray(intent)) return coversList(live, intent, childrenOf(owned));
  return false;
}

function coversMap(
  parent: Pair,
  map: { readonly live: Json; readonly intent: Json; readonly owned: FieldSet },
): boolean {
  const { live, intent, owned } = map;
  for (const name of Object.keys(owned)) {
    const isDropped = name.startsWith('f:') && !has(intent, name.slice(2)) && isRecord(owned[name]);
    if (isDropped) return false;
  }
  return keysOf(intent).every((key) => {
    const pair = childPair(parent, { live, intent, key });
    const fields = owned[`f:${key}`];
    // An empty object or list says nothing, so that there may be no record of it and nothing of ours in it.
    return isRecord(fields) ? covers(pair, fields) : isEmpty(pair.intent);
  });
}

function coversList(live: unknown, intent: readonly unknown[], owned: ReturnType<typeof childrenOf>): boolean {
  if (!Array.isArray(live) || owned.length !== intent.length) return false;
  return owned.every(([name, fields]) => {
    if (name.startsWith('v:')) {
      const value = setValueOf(name);
      return intent.includes(value) && live.includes(value);
    }
    if (!name.startsWith('k:')) return false;
    const isMeant = itemMatcher(name);
    const wanted: unknown = intent.find(isMeant);
    const present: unknown = live.find(isMeant);
    return wanted !== undefined && covers({ live: present, intent: wanted, field: '', isQuantity: false }, fields);
  });
}

/**
 * Compares what is owned as one: a scalar, or an atomic map or list. What is in the live one and not in the intent can
 * only be a default or a leftover of our own former intent, and managedFields cannot tell which; so it is a leftover,
 * unless it is a default that we know. (Taking an unknown default for a leftover costs an apply that changes nothing.)
 */
function isSame(pair: Pair): boolean {
  const { live, intent, field } = pair;
  if (isEmpty(intent) && isEmpty(live ?? {})) return true;
  if (Array.isArray(intent)) {
    return (
      Array.isArray(live) &&
      (live.length === intent.length || (growingLists.has(field) && live.length > intent.length)) &&
      intent.every((item, at) => isSame({ live: live[at], intent: item, field, isQuantity: pair.isQuantity }))
    );
  }
  if (isRecord(intent)) {
    if (!isRecord(live)) return false;
    return (
      keysOf(intent).every((key) => isSame(childPair(pair, { live, intent, key }))) &&
      keysOf(live).every((key) => has(intent, key) || atomicDefaults[field]?.[key] === live[key])
    );
  }
  return live === intent || (pair.isQuantity && isSameQuantity(live, intent));
}

/** Lists that the API server completes: a dual-stack Service that names one family gets the other behind it. */
const growingLists: ReadonlySet<string> = new Set(['ipFamilies']);

/** Defaults that the API server fills in within atomic parts of built-in kinds, by the field that holds them. */
const atomicDefaults: Readonly<Record<string, Json>> = {
  fieldRef: { apiVersion: 'v1' },
  resourceFieldRef: { divisor: '0' },
  serviceAccountToken: { expirationSeconds: 3600 },
};

/** Where built-in kinds keep quantities, which the API server writes in its own way: `1000m` comes back as `1`. */
const quantityFields: ReadonlySet<string> = new Set(['limits', 'requests', 'sizeLimit', 'divisor', 'capacity']);

function childPair(parent: Pair, at: { readonly live: Json; readonly intent: Json; readonly key: string }): Pair {
  const { live, intent, key } = at;
  const isQuantity = parent.isQuantity || quantityFields.has(key);
  return { live: live[key], intent: intent[key], field: key, isQuantity };
}

function isSameQuantity(live: unknown, intent: unknown): boolean {
  if (!isQuantityLike(live) || !isQuantityLike(intent)) return false;
  const value = parseQuantity(intent);
  return value !== undefined && value === parseQuantity(live);
}

function isQuantityLike(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

/** apiVersion, kind and name say which object is meant; nobody owns them. */
function withoutIdentity(intent: Json): Json {
  const metadata = isRecord(intent['metadata']) ? intent['metadata'] : {};
  return {
    ...intent,
    apiVersion: undefined,
    kind: undefined,
    metadata: { ...metadata, name: undefined, namespace: undefined, uid: undefined },
  };
}

function keysOf(map: Json): string[] {
  return Object.keys(map).filter((key) => map[key] !== undefined);
}

/** Whether the map itself has the key: not by inheritance, as all have `constructor`. */
function has(map: Json, key: string): boolean {
  return Object.hasOwn(map, key) && map[key] !== undefined;
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value)
    ? value.length === 0
    : isRecord(value) && keysOf(value).every((key) => isEmpty(value[key]));
}

/** Manifests as a person writes them: a small good one, and changes of it by path. */
import { apiVersion } from '../labels.js';

/** A manifest before the API server filled in defaults. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: 'DnsFleet' | 'DnsPool';
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Path -> value, such as `spec.regions[0].name`; `undefined` takes the field away. Missing objects are made. */
export type Changes = Readonly<Record<string, unknown>>;

const spec = {
  upstreams: { mode: 'Forward', servers: [{ address: '192.0.2.53' }] },
  access: { allow: ['10.0.0.0/8'] },
};

/** The smallest fleet: five lines of spec. */
export const minimalFleet: Manifest = {
  apiVersion,
  kind: 'DnsFleet',
  metadata: { name: 'public' },
  spec: { ...spec, regions: [{ name: 'eu' }] },
};

/** The smallest pool; people do not write pools, but the API server must refuse wrong ones all the same. */
export const minimalPool: Manifest = {
  apiVersion,
  kind: 'DnsPool',
  metadata: { name: 'public-eu' },
  spec: {
    ...spec,
    fleet: 'public',
    region: 'eu',
    pop: 'eu',
    image: 'localhost/dnsfleet-resolver:dev',
    minServers: 1,
    maxServers: 2,
  },
};

/** `manifest` with `changes`. Throws when a path is none. */
export function changed<T extends object>(manifest: T, changes: Changes): T {
  const copy = structuredClone(manifest);
  for (const [path, value] of Object.entries(changes)) put(copy, path.match(/[^.[\]]+/g) ?? [], value);
  return copy;
}

function put(target: object, [step, ...rest]: readonly string[], value: unknown): void {
  if (step === undefined) throw new Error('the path is empty');
  if (rest.length === 0) {
    if (value === undefined) Reflect.deleteProperty(target, step);
    else Reflect.set(target, step, value);
    return;
  }
  const next: unknown = Reflect.get(target, step) ?? {};
  if (typeof next !== 'object' || next === null) throw new Error(`'${step}' is not an object`);
  Reflect.set(target, step, next);
  put(next, rest, value);
}

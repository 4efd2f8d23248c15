/** Counts requests: by verb, by resource, and by the fleet that they belong to. Pure. */
import type { ApiRequest } from './audit.js';

export interface Window {
  readonly startMs: number;
  readonly endMs: number;
}

export interface RequestCounts {
  /** Without those for the Lease. */
  readonly byVerb: Readonly<Record<string, number>>;
  /** Requests that change something, or try to; without those for the Lease. */
  readonly writes: number;
  readonly writesByResource: Readonly<Record<string, number>>;
  /** Requests for the Lease by which replicas agree on a leader, by verb. */
  readonly lease: Readonly<Record<string, number>>;
  /** Answers of 400 and more, by verb, resource and status. */
  readonly failures: Readonly<Record<string, number>>;
}

const reads: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
export const isWrite = ({ verb }: ApiRequest): boolean => !reads.has(verb);
export const isLease = ({ resource }: ApiRequest): boolean => resource === 'leases';

/** The requests that came within `window`, its end not included. */
export const within = (requests: readonly ApiRequest[], { startMs, endMs }: Window): ApiRequest[] =>
  requests.filter(({ atMs }) => atMs >= startMs && atMs < endMs);

export function countRequests(requests: readonly ApiRequest[]): RequestCounts {
  const own = requests.filter((request) => !isLease(request));
  const writes = own.filter(isWrite);
  return {
    byVerb: countBy(own, ({ verb }) => verb),
    writes: writes.length,
    writesByResource: countBy(writes, ({ verb, resource }) => `${verb} ${resource}`),
    lease: countBy(requests.filter(isLease), ({ verb }) => verb),
    failures: countBy(
      requests.filter(({ status }) => status >= 400),
      ({ verb, resource, status }) => `${verb} ${resource} ${status}`,
    ),
  };
}

/** The objects that were written, without the Lease: `resource namespace/name`, a subresource counting as its object. */
export function touchedObjects(requests: readonly ApiRequest[]): string[] {
  const written = requests.filter((request) => isWrite(request) && !isLease(request));
  const names = written.map(({ resource, namespace, name }) => `${resource.split('/')[0] ?? ''} ${namespace}/${name}`);
  return [...new Set(names)].sort();
}

/**
 * Whether an object belongs to `fleet`: its pools and what they own begin with its name and a dash, its events with the
 * name of what they are about and a dot.
 */
export function belongsTo(object: string, fleet: string): boolean {
  const name = object.slice(object.indexOf('/') + 1);
  return name === fleet || name.startsWith(`${fleet}-`) || name.startsWith(`${fleet}.`);
}

/** Counts per minute of a window of `seconds`, to one digit. */
export function perMinute(counts: Readonly<Record<string, number>>, seconds: number): Record<string, number> {
  const rate = (count: number) => Math.round((count * 600) / seconds) / 10;
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, rate(count)]));
}

function countBy<T>(items: readonly T[], nameOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[nameOf(item)] = (counts[nameOf(item)] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

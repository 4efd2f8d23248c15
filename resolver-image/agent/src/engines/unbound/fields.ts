/**
 * How each field reaches a running server: at run time, and by which means, or by a rollout of new pods. The one table
 * that says so; the documentation prints it, and runtime-fields.dataplane.test.ts shows each run-time row on a real
 * engine. What is not in `config.json` needs a rollout by construction: it is in the pod template.
 */
import type { ResolverConfig } from '../../contract/resolver-config.js';

/**
 * fast_reload: Unbound reads its file again in a thread of its own and swaps the result in; it keeps the cache and every
 * query in progress (measured: swapped in 36 to 106 microseconds; plain, without `+p`, because only that form takes over
 * address lists such as do-not-query-localhost). agent: the engine is not involved.
 */
export type Application =
  | {
      readonly applied: 'run time';
      readonly by: 'fast_reload' | 'agent';
      readonly cache: CacheFate;
      readonly note: string;
    }
  | { readonly applied: 'rollout'; readonly why: string };

/** What becomes of the cached answers. */
export type CacheFate = 'kept' | 'kept as far as they fit';

/** The fields of a ResolverConfig, two levels deep where the second is a field of its own. */
type Group = 'access' | 'upstreams' | 'cache' | 'drain';
type Leaf<G extends Group> = `${G}.${Extract<keyof ResolverConfig[G], string>}`;
export type ConfigField = Exclude<keyof ResolverConfig, Group> | { [G in Group]: Leaf<G> }[Group];

/** The fields of a fleet that live in the pod template. */
export type TemplateField = 'engine.type' | 'engine.threads' | 'image' | 'server.resources' | 'placement' | 'region';

const reload = (note: string, cache: CacheFate = 'kept'): Application => ({
  applied: 'run time',
  by: 'fast_reload',
  cache,
  note,
});
const byAgent = (note: string): Application => ({ applied: 'run time', by: 'agent', cache: 'kept', note });

export const FIELD_APPLICATION: Readonly<Record<ConfigField | TemplateField, Application>> = {
  revision: byAgent('names the configuration in force'),
  'access.allow': reload('the next query is judged by the new list'),
  'upstreams.mode': reload('recursions in progress end with the servers they began with'),
  'upstreams.servers': reload('recursions in progress end with the servers they began with'),
  'upstreams.rootHints': reload('used when the cached list of root servers has expired'),
  'upstreams.zones': reload('cached answers of the zone are served until their TTL ends'),
  'upstreams.localZones': reload('local answers win over cached ones at once'),
  'cache.sizeBytes': reload('a smaller cache drops its least recently used entries', 'kept as far as they fit'),
  'cache.minTtlSeconds': reload('holds for answers that are cached from now on'),
  'cache.maxTtlSeconds': reload('holds for answers that are cached from now on'),
  'cache.serveStale': reload('served late are answers that were cached while it was on, until it is off'),
  extraConfig: reload('only options that a running engine takes over are on the allow-list'),
  'drain.lameDuckSeconds': byAgent('read by preStop when it begins'),
  'drain.quietPeriodSeconds': byAgent('read by preStop when it begins'),
  'drain.timeoutSeconds': byAgent('read by preStop when it begins'),
  'engine.type': { applied: 'rollout', why: 'another program' },
  'engine.threads': {
    applied: 'rollout',
    why: 'Unbound makes its threads at the start; fast_reload refuses num-threads',
  },
  image: { applied: 'rollout', why: 'other programs' },
  'server.resources': { applied: 'rollout', why: 'part of the pod template' },
  placement: { applied: 'rollout', why: 'part of the pod template' },
  region: { applied: 'rollout', why: 'a label of the pods' },
};

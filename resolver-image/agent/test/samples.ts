/** Samples of an engine, for tests that need one and not an engine. */
import type { LoadCounters } from '../src/contract/load.js';
import type { EngineSample } from '../src/engines/engine.js';

/** A sample with `queries`, all of them hits. */
export function sampleOf(changes: { readonly queries?: number; readonly startId?: string } = {}): EngineSample {
  const { queries = 0, startId = 'start-1' } = changes;
  const counters: LoadCounters = {
    queries,
    cacheHits: queries,
    cacheMisses: 0,
    expired: 0,
    prefetches: 0,
    recursiveReplies: 0,
    recursionSeconds: 0,
    dropped: 0,
    probes: 5,
    rcodes: { NOERROR: queries },
  };
  return {
    startId,
    version: '1.26.2',
    uptimeSeconds: 60,
    counters,
    gauges: { openRecursions: 0, openClientRecursions: 0, cacheBytes: 300, cacheEntries: 2 },
    recursion: [{ leSeconds: 0.001024, count: 0 }],
    answerEntries: 2,
    recordEntries: 3,
    answerBytes: 100,
    recordBytes: 200,
    knownServers: 1,
  };
}

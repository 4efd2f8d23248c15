/**
 * A fleet and a plain Deployment side by side under the same load and the same action: what each of them loses.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadResult } from '../../traffic/load.js';
import type { SharedCluster } from './cluster.js';
import { writeReport } from './report.js';
import { startLoad, type LoadRequest } from './traffic.js';

/** One of the two: where its clients ask, and what the action is for it. */
export interface Contestant {
  readonly targets: LoadRequest['targets'];
  readonly act: () => Promise<void>;
}

export interface Contest {
  /** Such as `ClusterIP: delete a pod`. */
  readonly title: string;
  readonly ours: Contestant;
  readonly plain: Contestant;
}

const queriesPerSecond = 1000;
const settleMs = 6000;
const maxSeconds = 600;
const figures: Record<string, object> = {};

/**
 * Puts 1,000 queries/s on each, lets both act at the same time, and waits until all is quiet again. The figures of both
 * are printed and kept in build/e2e/disruption.json; to judge them is the caller's part.
 */
export async function contest(
  cluster: SharedCluster,
  { title, ours, plain }: Contest,
): Promise<{ ours: LoadResult; plain: LoadResult }> {
  const contestants = [ours, plain];
  const results = await Promise.all(
    contestants.map(async ({ targets, act }) => {
      const load = await startLoad(cluster, { targets, queriesPerSecond, maxSeconds });
      try {
        await sleep(settleMs);
        load.mark('action');
        await act();
        load.mark('after');
        await sleep(settleMs);
      } finally {
        await load.finish();
      }
      return load.finish();
    }),
  );
  const [first, second] = results;
  if (!first || !second) throw new Error(`${title}: no results`);
  figures[title] = { ours: summary(first), plain: summary(second) };
  writeReport('disruption', figures);
  console.log(`${title}\n  ours:  ${JSON.stringify(summary(first))}\n  plain: ${JSON.stringify(summary(second))}`);
  return { ours: first, plain: second };
}

function summary(result: LoadResult): object {
  const { total, byTransport, lateAnswers, tcpRetries, durationSeconds, latencyMs, objections } = result;
  const lost = { udp: byTransport.udp.lost, tcp: byTransport.tcp.lost };
  const counts = { sent: total.sent, lost, lateAnswers, wrong: total.wrong, tcpRetries };
  return { seconds: durationSeconds, ...counts, p99Ms: latencyMs.cached.p99, objections };
}

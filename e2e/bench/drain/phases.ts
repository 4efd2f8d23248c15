/** What is done to both contestants, under a load that begins before and ends after. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SharedCluster } from '../../suites/helpers/cluster.js';
import { serversGone } from '../../suites/helpers/fleets.js';
import type { Kubectl } from '../../suites/helpers/kubectl.js';
import type { Pod } from '../../suites/helpers/objects.js';
import { startLoad } from '../../suites/helpers/traffic.js';
import type { LoadResult } from '../../traffic/load.js';
import { phaseTitles, type PhaseName } from './options.js';
import { fewServers, manyServers, onlyReady, type Contestant, type Edition } from './contestants.js';

/** The node that is drained; node 1 has the control plane. */
const drainedNode = 'node-2';
/** Before and after the action: longer than the 5 s after which a query is lost. */
const settleMs = 6000;
/** A server leaves within 140 s (20 s of lame duck, 120 s until the deadline of a drain), and five leave one by one. */
const phaseMs = 900_000;
const maxSeconds = (phaseMs + 4 * settleMs) / 1000;

/** One phase of one contestant. */
export interface PhaseResult {
  readonly repeat: number;
  readonly phase: PhaseName;
  readonly contestant: Contestant['name'];
  /** When its load began, in seconds since the first phase. */
  readonly startSecond: number;
  /** From the action until the servers were as wanted and the last one that left was gone. */
  readonly actionSeconds: number;
  /** Servers that left. */
  readonly left: number;
  /** Containers of those that stayed or came which were restarted: a machine that is too busy for probes, as a rule. */
  readonly restarts: number;
  readonly load: LoadResult;
}

export interface PhaseTools {
  readonly cluster: SharedCluster;
  readonly kubectl: Kubectl;
  readonly contestants: readonly Contestant[];
  readonly phases: readonly PhaseName[];
  readonly rate: number;
  readonly progress: (message: string) => void;
}

/** Does it, and waits until it is done. */
type Act = (contestant: Contestant) => Promise<void>;

/** Goes through the phases once, and leaves both with eight servers. */
export async function runPhases(tools: PhaseTools, repeat: number, epochMs: number): Promise<PhaseResult[]> {
  const { contestants, phases } = tools;
  const results: PhaseResult[] = [];
  for (const phase of phases) {
    const act = actOf(phase, tools, repeat);
    try {
      const of = { repeat, phase, epochMs };
      results.push(...(await Promise.all(contestants.map((contestant) => runPhase(tools, of, { contestant, act })))));
    } finally {
      if (phase === 'drain') await tools.kubectl.run(['uncordon', drainedNode]);
    }
    if (phase === 'scale') await growBack(contestants);
  }
  return results;
}

function actOf(phase: PhaseName, { kubectl }: PhaseTools, repeat: number): Act {
  switch (phase) {
    case 'scale':
      return async (contestant) => {
        await contestant.scale(fewServers);
        await onlyReady(contestant, fewServers, phaseMs);
      };
    case 'rollout': {
      const edition: Edition = repeat % 2 === 1 ? 'second' : 'first';
      return async (contestant) => {
        const before = await contestant.pods();
        await contestant.edit(edition);
        await serversGone(kubectl, before, phaseMs);
        await onlyReady(contestant, manyServers, phaseMs);
        await contestant.edited();
      };
    }
    case 'drain': {
      // One node, hence one drain; both wait until they are off it.
      let draining: Promise<string> | undefined;
      return async (contestant) => {
        const there = (await contestant.pods()).filter((pod) => pod.spec.nodeName === drainedNode);
        if (there.length === 0) throw new Error(`draining ${drainedNode}: ${contestant.name} has no server there`);
        const options = ['--ignore-daemonsets', '--delete-emptydir-data', '--timeout=280s'];
        draining ??= kubectl.run(['drain', drainedNode, ...options]);
        await draining;
        await onlyReady(contestant, manyServers, phaseMs);
      };
    }
    case 'delete':
      return async (contestant) => {
        const [victim] = await contestant.pods();
        if (!victim) throw new Error(`deleting a pod: ${contestant.name} has none`);
        await kubectl.run(['delete', 'pod', victim.metadata.name, '--wait=false']);
        await serversGone(kubectl, [victim], phaseMs);
        await onlyReady(contestant, manyServers, phaseMs);
      };
  }
}

/** Eight servers each, without a load. */
export async function growBack(contestants: readonly Contestant[]): Promise<void> {
  await Promise.all(
    contestants.map(async (contestant) => {
      await contestant.scale(manyServers);
      await onlyReady(contestant, manyServers, 120_000);
    }),
  );
}

async function runPhase(
  { cluster, rate, progress }: PhaseTools,
  of: { readonly repeat: number; readonly phase: PhaseName; readonly epochMs: number },
  { contestant, act }: { readonly contestant: Contestant; readonly act: Act },
): Promise<PhaseResult> {
  const { repeat, phase, epochMs } = of;
  const { name, clients } = contestant;
  const before = await contestant.pods();
  const load = await startLoad(cluster, { targets: [], clients, queriesPerSecond: rate, maxSeconds });
  const startSecond = (performance.now() - epochMs) / 1000;
  try {
    await sleep(settleMs);
    const actedMs = performance.now();
    load.mark('action');
    await act(contestant);
    const actionSeconds = Math.round((performance.now() - actedMs) / 100) / 10;
    load.mark('after');
    const after = await contestant.pods();
    const left = before.filter(({ metadata }) => !isAmong(after, metadata.uid)).length;
    const restarts = restartsOf(after) - restartsOf(before.filter(({ metadata }) => isAmong(after, metadata.uid)));
    await sleep(settleMs);
    const result = await load.finish();
    const restarted = restarts > 0 ? `; ${restarts} containers were restarted` : '';
    progress(
      `${phaseTitles[phase]}, ${name}: ${left} servers left in ${actionSeconds} s, ${result.total.lost} of ${result.total.sent} lost${restarted}`,
    );
    return { repeat, phase, contestant: name, startSecond, actionSeconds, left, restarts, load: result };
  } finally {
    await load.finish();
  }
}

const isAmong = (pods: readonly Pod[], uid: string): boolean => pods.some(({ metadata }) => metadata.uid === uid);

function restartsOf(pods: readonly Pod[]): number {
  return pods
    .flatMap(({ status }) => [...status.containerStatuses, ...status.initContainerStatuses])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
}

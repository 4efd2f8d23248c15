/**
 * A pool in simulated time, under one policy or the other: the same load, the same servers, which start in 10 s and leave
 * one at a time. The load goes round twice and the second time counts, so that nobody gains by how it began. Pure.
 */
import { BuiltinScaler, type ScalerSettings } from '../../operator/test/builtin-scaler.js';
import { HorizontalPodAutoscaler, syncMs } from '../../operator/test/horizontal-pod-autoscaler.js';
import { seededRandom } from '../../operator/test/random.js';
import { SimulatedServers } from '../../operator/test/simulated-servers.js';

export const capacityQps = 10_000;
export const redundancy = 2;
const limits = { minServers: 3, maxServers: 40 };
const startMs = 10_000;
const drainMs = 10_000;

/** Servers and their load in one second. */
export interface Second {
  readonly queriesPerSecond: number;
  readonly serving: number;
  /** Pods that are paid for: starting and draining ones too. */
  readonly pods: number;
}

export interface Run {
  readonly seconds: readonly Second[];
  readonly growths: number;
  readonly shrinks: number;
  /** Growths that did not wait for the cool-down; only ours has one. */
  readonly emergencies: number;
}

export interface LoadShape {
  /** Of one period. */
  readonly lengthSeconds: number;
  readonly leastQps: number;
  readonly mostQps: number;
  readonly noisePercent: number;
  readonly seed: number;
}

/** Noise is drawn anew so often. */
const noiseMs = 10_000;

/** The first period brings the pool to where the second finds it. */
const periods = 2;

/** A sinus from its lowest point, and noise upon it. */
export function sinusLoad({ lengthSeconds, leastQps, mostQps, noisePercent, seed }: LoadShape): (ms: number) => number {
  const random = seededRandom(seed);
  const count = Math.ceil((periods * lengthSeconds * 1000) / noiseMs);
  const noise = Array.from({ length: count }, () => 1 + ((2 * random() - 1) * noisePercent) / 100);
  return (ms) => {
    const height = (1 - Math.cos((2 * Math.PI * ms) / (lengthSeconds * 1000))) / 2;
    return (leastQps + (mostQps - leastQps) * height) * (noise[Math.floor(ms / noiseMs)] ?? 1);
  };
}

export type Policy =
  | { readonly type: 'Builtin' }
  /** `targetPercent` of the capacity of a server is the target of its average. */
  | { readonly type: 'Hpa'; readonly targetPercent: number };

/** One policy over one load; what it did in the last period. */
export function simulate(policy: Policy, shape: LoadShape): Run {
  const load = sinusLoad(shape);
  const wanted = Math.max(limits.minServers, Math.ceil(load(0) / (0.7 * capacityQps)) + redundancy);
  const servers = new SimulatedServers({ wanted, load, startMs, drainMs });
  const scale = policy.type === 'Builtin' ? builtin(servers) : hpa(servers, policy.targetPercent);
  const seconds: Second[] = [];
  const counts = { growths: 0, shrinks: 0, emergencies: 0 };
  for (let second = 0; second < periods * shape.lengthSeconds; second += 1) {
    servers.advance(second * 1000);
    const before = servers.wanted;
    const isEmergency = scale();
    if (second < (periods - 1) * shape.lengthSeconds) continue;
    if (servers.wanted > before) counts.growths += 1;
    if (servers.wanted < before) counts.shrinks += 1;
    if (servers.wanted !== before && isEmergency) counts.emergencies += 1;
    const pods = servers.observe().length;
    seconds.push({ queriesPerSecond: load(servers.nowMs), serving: servers.serving, pods });
  }
  return { seconds, ...counts };
}

/** Looks every second, as news of a load that moves makes it. Tells whether a growth went ahead of the cool-down. */
function builtin(servers: SimulatedServers): () => boolean {
  const settings: ScalerSettings = {
    ...limits,
    redundancy,
    capacityQps,
    autoscaling: { mode: 'Builtin', scaleUpThresholdPercent: 70, scaleDownThresholdPercent: 30, cooldownSeconds: 300 },
  };
  const scaler = new BuiltinScaler(settings, servers);
  return () => {
    const { lastScaleMs = Number.NEGATIVE_INFINITY } = scaler.record;
    scaler.look();
    return servers.nowMs - lastScaleMs < settings.autoscaling.cooldownSeconds * 1000;
  };
}

/** Syncs every 15 s with the mean of the 15 s before: a metric without delay, better than most that an HPA is given. */
function hpa(servers: SimulatedServers, targetPercent: number): () => boolean {
  const autoscaler = new HorizontalPodAutoscaler({
    targetAverage: (capacityQps * targetPercent) / 100,
    minReplicas: limits.minServers,
    maxReplicas: limits.maxServers,
  });
  return () => {
    const { nowMs, wanted, load } = servers;
    if (nowMs === 0 || nowMs % syncMs !== 0) return false;
    const seconds = Array.from({ length: syncMs / 1000 }, (_, index) => load(nowMs - index * 1000));
    const usage = seconds.reduce((sum, value) => sum + value, 0) / seconds.length;
    servers.wanted = autoscaler.sync({ nowMs, replicas: wanted, pods: servers.observe().length, usage });
    return false;
  };
}

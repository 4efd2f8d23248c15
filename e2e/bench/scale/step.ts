/** One step of the load on one pool: what was decided, what came of it, and what the clients noticed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { eventually, must } from '../../suites/helpers/eventually.js';
import { dig, startLoad, type RunningLoad, zone } from '../../suites/helpers/traffic.js';
import type { Span } from '../../traffic/ledger.js';
import type { LoadResult } from '../../traffic/load.js';
import {
  afterPercent,
  beforePercent,
  countedSeconds,
  loadOf,
  missPercent,
  portSeconds,
  restSeconds,
  servers,
  watchedSeconds,
} from './inputs.js';
import type { HpaMetric, PlannedStep } from './options.js';
import { type BenchPool, hpaManifest, makePool } from './pools.js';
import type { SeenServer } from './sightings.js';
import type { Site } from './site.js';

/** What was measured; times are seconds since the step. */
export interface StepRun extends PlannedStep {
  readonly name: string;
  readonly decisions: readonly { readonly atSecond: number; readonly replicas: number }[];
  /** The servers that came. */
  readonly servers: readonly NewServer[];
  /** Queries per second as the pool's status has them. */
  readonly loads: readonly { readonly atSecond: number; readonly queriesPerSecond: number }[];
  /** Servers of the Service, from each second on; the first from before the step. */
  readonly serving: readonly { readonly atSecond: number; readonly serving: number }[];
  /** What was sent from the step on, and what became of it; and the same for each second. */
  readonly sent: Span;
  readonly seconds: readonly Span[];
  /** Why the load is no result; empty when it is one. */
  readonly objections: readonly string[];
}

export interface NewServer {
  readonly name: string;
  /** All its containers run. */
  readonly runningSecond?: number;
  /** It is an endpoint of its Service, and its engine answers. */
  readonly servingSecond?: number;
}

export interface StepOptions extends PlannedStep {
  readonly name: string;
  readonly capacityQps: number;
  readonly metric: HpaMetric;
  /** Resolves when nothing of the step before is left on the machine. */
  readonly quiet: Promise<unknown>;
}

/** A step that is over but for the last answers, which are waited for while the next one is prepared. */
export interface RunningStep {
  readonly run: Promise<StepRun>;
  readonly removed: Promise<void>;
}

/** Until an HPA has read processor times of which none is of a start. */
const processorSeconds = 45;
/** A load that a pool reports may differ from the one that it has by so many points. */
const tolerancePercent = 5;

/** Runs one step up to the end of its load. @throws Error when the pool does not come to rest before the step */
export async function runStep(site: Site, options: StepOptions): Promise<RunningStep> {
  const { name, scaler, capacityQps } = options;
  const mode = scaler === 'Builtin' ? 'Builtin' : 'External';
  const pool = await makePool(site, { name, mode, servers, capacityQps });
  const load = await startLoad(site.cluster, {
    targets: [{ endpoint: pool.endpoint }],
    queriesPerSecond: loadOf(beforePercent, capacityQps),
    maxSeconds: 300,
    slowPercent: 0,
    missPercent,
    portSeconds,
  });
  try {
    await Promise.all([options.quiet, sleep(restSeconds * 1000)]);
    await atRest(site, name);
    if (scaler === 'Hpa') await startHpa(site, options);
    must(site.sightings.pool(name)?.spec.replicas === servers, `${name}: it was scaled before the step`);
    const { stepMs, answers } = await step(site, pool, { load, options });
    const result = load.finish();
    const seen = observe(site, { pool, stepMs, answers });
    return {
      run: result.then((of) => ({ name, scaler, isCounted: options.isCounted, ...seen, ...notice(of) })),
      removed: pool.remove(),
    };
  } catch (error) {
    load.finish().catch(() => undefined);
    throw error;
  }
}

/** Waits until the pool reports the load that it has, of every server. */
async function atRest({ sightings }: Site, name: string): Promise<void> {
  await eventually(
    async () => {
      const { servers: counts, scaling } = (await Promise.resolve(sightings.pool(name)))?.status ?? {};
      const percent = scaling?.utilizationPercent ?? 0;
      const isNear = Math.abs(percent - beforePercent) <= tolerancePercent;
      must(counts?.fresh === servers && isNear, `${percent} %, ${counts?.fresh ?? 0} fresh: ${scaling?.message ?? ''}`);
    },
    { describe: `${name} to report ${beforePercent} %`, timeoutMs: 60_000, intervalMs: 100 },
  );
}

const hpaSchema = z.object({
  status: z.object({
    conditions: z
      .array(z.object({ type: z.string(), status: z.string(), message: z.string().default('') }))
      .default([]),
    currentMetrics: z.array(z.looseObject({ type: z.string() })).nullish(),
  }),
});

/** Makes the HPA and waits until it has read each of its metrics. */
async function startHpa({ kubectl }: Site, { name, metric, capacityQps }: StepOptions): Promise<void> {
  if (metric !== 'queries') await sleep(processorSeconds * 1000);
  await kubectl.apply(hpaManifest(name, { metric, capacityQps }));
  const wanted = metric === 'both' ? 2 : 1;
  await eventually(
    async () => {
      const { status } = await kubectl.get(hpaSchema, 'hpa', name);
      const active = status.conditions.find(({ type }) => type === 'ScalingActive');
      // A metric that could not be read is listed without a type.
      const read = (status.currentMetrics ?? []).filter(({ type }) => type !== '').length;
      must(active?.status === 'True' && read === wanted, `${read} metrics read: ${active?.message ?? 'no condition'}`);
    },
    { describe: `the HPA of ${name} to read its metrics`, timeoutMs: 90_000 },
  );
}

/** Raises the load, and lets it run; in the meantime each server that comes is asked for an answer. */
async function step(
  site: Site,
  pool: BenchPool,
  { load, options }: { readonly load: RunningLoad; readonly options: StepOptions },
): Promise<{ readonly stepMs: number; readonly answers: ReadonlyMap<string, number> }> {
  const known = new Set(site.sightings.servers(pool.name).map(({ uid }) => uid));
  const answers = new Map<string, number>();
  const stepMs = Date.now();
  load.mark('step');
  load.changeRate(loadOf(afterPercent, options.capacityQps));
  const endMs = stepMs + 1000 * (options.isCounted ? countedSeconds : watchedSeconds);
  while (Date.now() < endMs) {
    const come = site.sightings
      .servers(pool.name)
      .filter(({ uid, servingMs }) => !known.has(uid) && servingMs !== undefined && !answers.has(uid));
    for (const server of come) answers.set(server.uid, await answeredAt(site, server));
    await sleep(50);
  }
  load.mark('after');
  return { stepMs, answers };
}

/** Since when a server answers: since it was an endpoint if it does when asked then, else since it did. */
async function answeredAt({ cluster }: Site, { name, address, servingMs }: SeenServer): Promise<number> {
  const endpoint = { address: address ?? '', port: 53 };
  let attempts = 0;
  await eventually(
    async () => {
      attempts += 1;
      const { status } = await dig(cluster, endpoint, [`c0.${zone}`, 'A', '+time=1']);
      must(status === 'NOERROR', `${name}: ${status}`);
    },
    { describe: `${name} to answer`, timeoutMs: 20_000, intervalMs: 20 },
  );
  return attempts === 1 && servingMs !== undefined ? servingMs : Date.now();
}

function observe(
  { sightings }: Site,
  of: { readonly pool: BenchPool; readonly stepMs: number; readonly answers: ReadonlyMap<string, number> },
): Pick<StepRun, 'decisions' | 'loads' | 'servers' | 'serving'> {
  const { name } = of.pool;
  const since = (ms: number): number => Math.round(ms - of.stepMs) / 1000;
  const turns = sightings.serving(name).map(({ atMs, serving }) => ({ atSecond: since(atMs), serving }));
  const first = turns.findLastIndex(({ atSecond }) => atSecond <= 0);
  return {
    decisions: sightings
      .decisions(name)
      .filter(({ atMs }) => atMs >= of.stepMs)
      .map(({ atMs, replicas }) => ({ atSecond: since(atMs), replicas })),
    loads: sightings
      .loads(name)
      .filter(({ atMs }) => atMs >= of.stepMs)
      .map(({ atMs, queriesPerSecond }) => ({ atSecond: since(atMs), queriesPerSecond })),
    servers: sightings
      .servers(name)
      .filter(({ servingMs = Number.POSITIVE_INFINITY }) => servingMs >= of.stepMs)
      .map(({ uid, name: server, runningMs }) => {
        const answeredMs = of.answers.get(uid);
        return {
          name: server,
          ...(runningMs !== undefined && { runningSecond: since(runningMs) }),
          ...(answeredMs !== undefined && { servingSecond: since(answeredMs) }),
        };
      }),
    serving: turns.slice(Math.max(0, first)),
  };
}

/** What the clients noticed in the phase `step`. */
export function notice({
  phases,
  timeline,
  objections,
}: Pick<LoadResult, 'phases' | 'timeline' | 'objections'>): Pick<StepRun, 'sent' | 'seconds' | 'objections'> {
  const at = phases.findIndex(({ name }) => name === 'step');
  const [phase, after] = [phases[at], phases[at + 1]];
  if (!phase || !after) throw new Error('reading the load: it has no step');
  const { sent, answered, lost, wrong, delayed } = phase;
  return {
    sent: { sent, answered, lost, wrong, delayed },
    seconds: timeline.slice(Math.floor(phase.startSecond), Math.floor(after.startSecond)),
    objections,
  };
}

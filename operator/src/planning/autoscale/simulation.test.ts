/** The policy in time: random load curves, deaths of servers, lost metrics, restarts and other writers of `/scale`. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BuiltinScaler, type Crash, type ScalerSettings } from '../../../test/builtin-scaler.js';
import { seededRandom } from '../../../test/random.js';
import { ScaleAudit } from '../../../test/scale-audit.js';
import { SimulatedServers } from '../../../test/simulated-servers.js';
import { utilization } from '../utilization.js';

const stepMs = 10_000;
const capacityQps = 1000;

const settingsOf = fc
  .record({
    cooldownSeconds: fc.constantFrom(60, 120, 300),
    minServers: fc.integer({ min: 1, max: 5 }),
    room: fc.integer({ min: 0, max: 25 }),
    redundancy: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ cooldownSeconds, minServers, room, redundancy }): ScalerSettings => ({
    autoscaling: { mode: 'Builtin', scaleUpThresholdPercent: 70, scaleDownThresholdPercent: 30, cooldownSeconds },
    minServers,
    maxServers: minServers + room,
    redundancy,
    capacityQps,
  }));

const levelOf = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 15_000 }));

interface Piece {
  readonly seconds: number;
  readonly level: number;
  /** From the level before, in a line; else at once. */
  readonly isRamp: boolean;
  readonly noisePercent: number;
}

const curveOf = fc.array(
  fc.record<Piece>({
    seconds: fc.integer({ min: 5, max: 600 }),
    level: levelOf,
    isRamp: fc.boolean(),
    noisePercent: fc.constantFrom(0, 0, 20),
  }),
  { minLength: 1, maxLength: 8 },
);

const noise = seededRandom(1);
const factors = Array.from({ length: 997 }, () => 2 * noise() - 1);

/** Piece after piece, and the last level for ever. */
function loadCurve(pieces: readonly Piece[]): (nowMs: number) => number {
  return (nowMs) => {
    let [fromMs, before] = [0, 0];
    for (const { seconds, level, isRamp, noisePercent } of pieces) {
      const share = (nowMs - fromMs) / (seconds * 1000);
      if (share < 1) {
        const factor = 1 + ((factors[Math.floor(nowMs / stepMs) % factors.length] ?? 0) * noisePercent) / 100;
        return (isRamp ? before + (level - before) * share : level) * factor;
      }
      [fromMs, before] = [fromMs + seconds * 1000, level];
    }
    return before;
  };
}

const kinds = ['Kill', 'Silence', 'Crash', 'Away', 'Others', 'Shed', 'Throttle', 'Rollout', 'Unschedulable'] as const;

interface Fault {
  readonly step: number;
  readonly kind: (typeof kinds)[number];
  readonly count: number;
  readonly seconds: number;
}

const steps = 120;
const faultsOf = fc.array(
  fc.record<Fault>({
    step: fc.integer({ min: 0, max: steps - 1 }),
    kind: fc.constantFrom(...kinds),
    count: fc.integer({ min: 1, max: 8 }),
    seconds: fc.integer({ min: 5, max: 200 }),
  }),
  { maxLength: 6 },
);

const crashes: readonly Crash[] = ['BeforeRecord', 'BeforeScale', 'AfterScale'];

class World {
  readonly servers: SimulatedServers;
  readonly scaler: BuiltinScaler;
  readonly audit: ScaleAudit;
  #awayUntilMs = 0;
  #rolloutUntilMs = 0;
  #crash: Crash | undefined;

  constructor(settings: ScalerSettings, wanted: number, load: (nowMs: number) => number) {
    this.servers = new SimulatedServers({ wanted, load, startMs: 12_000, drainMs: 8_000 });
    this.scaler = new BuiltinScaler(settings, this.servers);
    this.audit = new ScaleAudit(settings, this.servers);
  }

  step(faults: readonly Fault[] = []): void {
    for (const fault of faults) this.#suffer(fault);
    this.servers.advance(this.servers.nowMs + stepMs);
    const { nowMs } = this.servers;
    if (nowMs < this.#awayUntilMs) {
      this.scaler.restart();
      this.audit.forget();
      return;
    }
    this.scaler.isRollingOut = nowMs < this.#rolloutUntilMs;
    this.audit.beforeLook();
    const decision = this.scaler.look(this.#crash);
    this.audit.afterLook(decision, this.scaler.isRollingOut);
    if (this.#crash) this.audit.forget();
    this.#crash = undefined;
  }

  #suffer({ kind, count, seconds }: Fault): void {
    const untilMs = this.servers.nowMs + seconds * 1000;
    switch (kind) {
      case 'Kill':
        this.servers.kill(count);
        return;
      case 'Silence':
        this.servers.silence(count, untilMs);
        return;
      case 'Crash':
        this.#crash = crashes[count % crashes.length];
        return;
      case 'Away':
        this.#awayUntilMs = untilMs;
        return;
      case 'Others': {
        const { minServers, maxServers } = this.scaler.settings;
        this.servers.wanted = Math.min(maxServers, minServers + (seconds % (1 + maxServers - minServers)));
        return;
      }
      case 'Shed':
        this.servers.sheddingUntilMs = untilMs;
        return;
      case 'Throttle':
        this.servers.throttledUntilMs = untilMs;
        return;
      case 'Rollout':
        this.#rolloutUntilMs = untilMs;
        return;
      case 'Unschedulable':
        this.servers.unschedulableUntilMs = untilMs;
        return;
    }
  }

  /** Of the servers that serve, with the load of now. */
  get utilization(): number {
    const { serving, load, nowMs } = this.servers;
    const { redundancy } = this.scaler.settings;
    return utilization({ queriesPerSecond: load(nowMs), serving, redundancy, capacityQps });
  }
}

test('whatever happens: no shrink on doubt, one change in a cool-down but for emergencies, never below what is needed', () => {
  const total = { grow: 0, shrink: 0, emergency: 0, byOthers: 0 };
  fc.assert(
    fc.property(settingsOf, curveOf, faultsOf, (settings, curve, faults) => {
      const world = new World(settings, settings.minServers, loadCurve(curve));
      for (let step = 0; step < steps; step += 1) world.step(faults.filter((fault) => fault.step === step));
      const { counts } = world.audit;
      for (const kind of ['grow', 'shrink', 'emergency', 'byOthers'] as const) total[kind] += counts[kind];
    }),
    { numRuns: 2000 },
  );
  // A property about changes says nothing where there are none; the rarest are about 600.
  for (const count of Object.values(total)) expect(count).toBeGreaterThan(200);
});

test('on a constant load it comes to rest, and stays there', () => {
  fc.assert(
    fc.property(settingsOf, fc.integer({ min: 0, max: 25 }), levelOf, (settings, more, level) => {
      const { minServers, maxServers, autoscaling } = settings;
      const wanted = Math.min(maxServers, minServers + more);
      const world = new World(settings, wanted, () => level);
      const cooldownSteps = (autoscaling.cooldownSeconds * 1000) / stepMs;
      // One server goes in each cool-down, after the first in which the window is seen.
      for (let step = 0; step < (more + 3) * (cooldownSteps + 5); step += 1) world.step();
      const before = { ...world.audit.counts };
      const { wanted: atRest } = world.servers;
      for (let step = 0; step < 3 * cooldownSteps; step += 1) world.step();
      expect({ ...world.audit.counts, wanted: world.servers.wanted }).toEqual({ ...before, wanted: atRest });
      expect(['WithinThresholds', 'FewestServers', 'MaximumReached']).toContain(world.scaler.decide().reason);
      expect(before.grow * before.shrink).toBe(0);
    }),
    { numRuns: 100 },
  );
});

test('a step of the load is answered by one growth, after which the load and the redundancy are carried', () => {
  fc.assert(
    fc.property(
      settingsOf,
      fc.record({ before: levelOf, after: levelOf, atStep: fc.integer({ min: 4, max: 150 }) }),
      (settings, { before, after, atStep }) => {
        let load = before;
        const world = new World(settings, settings.minServers, () => load);
        for (let step = 0; step < atStep; step += 1) world.step();
        load = after;
        const grown = world.audit.counts.grow;
        const isUrgent = world.scaler.settings.maxServers > world.servers.wanted && after > before;
        world.step();
        const first = world.scaler.record.wanted ?? 0;
        const cooldownSteps = (settings.autoscaling.cooldownSeconds * 1000) / stepMs;
        for (let step = 0; step < cooldownSteps + 5; step += 1) world.step();
        expect(world.audit.counts.grow - grown).toBeLessThanOrEqual(1);
        if (world.servers.wanted < settings.maxServers) expect(world.utilization).toBeLessThanOrEqual(0.7 + 1e-9);
        // An emergency is answered at the first look, and in full.
        if (isUrgent && world.audit.counts.emergency > 0) expect(first).toBe(world.servers.wanted);
      },
    ),
    { numRuns: 500 },
  );
});

test('servers that find no node are asked for once, and reported', () => {
  const settings = fc.sample(settingsOf, { numRuns: 1, seed: 1 })[0];
  if (!settings) throw new Error('no settings');
  const world = new World({ ...settings, minServers: 3, maxServers: 20, redundancy: 2 }, 3, () => 5000);
  world.servers.unschedulableUntilMs = Number.POSITIVE_INFINITY;
  const reasons = new Set<string>();
  for (let step = 0; step < 200; step += 1) {
    world.step();
    reasons.add(world.scaler.decide().reason);
  }
  expect(world.audit.counts).toMatchObject({ grow: 1, shrink: 0 });
  expect([...reasons]).toEqual(['ServersStarting', 'ServersNotComing']);
});

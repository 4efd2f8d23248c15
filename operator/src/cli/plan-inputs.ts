/** What a plan is computed from: a manifest, or nothing yet, and what the command line says. Pure. */
import { parse } from 'yaml';
import { z } from 'zod';
import { dnsFleetSpecSchema, type DnsFleetSpec } from '../api/v1alpha1/dns-fleet.js';
import { autoscalingSchema, capacitySchema } from '../api/v1alpha1/scaling.js';
import { capacityBounds, configuredCapacity } from '../api/v1alpha1/server-capacity.js';
import { listPops } from '../builders/pool.js';
import { findInputProblems } from '../planning/capacity/plan.js';
import { popsForNewFleet } from '../planning/capacity/sizing.js';
import type { CapacityInputs, PopInputs } from '../planning/capacity/types.js';
import { type PlanOptions, UsageError } from './plan-options.js';

export interface PlanRequest {
  /** The name of the fleet; absent for a new one. */
  readonly fleet?: string;
  readonly inputs: CapacityInputs;
  readonly lost?: PopInputs;
}

/** Of a fleet without a manifest: as the API has them, with no limit that anybody chose. */
const defaults = {
  redundancy: capacitySchema.parse({}).redundancy,
  targetUtilizationPercent: autoscalingSchema.parse({}).scaleUpThresholdPercent,
  maxServers: 1000,
};

const manifestSchema = z.object({
  kind: z.literal('DnsFleet', 'must be DnsFleet'),
  metadata: z.object({ name: z.string() }),
  spec: dnsFleetSpecSchema,
});

/**
 * Puts the inputs together; what the command line says outranks the manifest.
 * @throws UsageError naming what is wrong, with its value and what would be right.
 */
export function readPlanRequest(options: PlanOptions, manifest: string | undefined): PlanRequest {
  const fleet = manifest === undefined ? undefined : readManifest(manifest);
  const pops = withShares(fleet ? popsOfFleet(fleet.spec, options) : popsOfNew(options), options);
  const capacityQps = options['capacity-qps'] ?? (fleet && capacityOf(fleet.spec));
  if (capacityQps === undefined) {
    throw new UsageError('--capacity-qps must be given, because no manifest has a server.capacityQps');
  }
  const inputs: CapacityInputs = {
    expectedQps: options['expected-qps'],
    capacityQps,
    targetUtilizationPercent:
      options.target ?? fleet?.spec.autoscaling.scaleUpThresholdPercent ?? defaults.targetUtilizationPercent,
    redundancy: options.redundancy ?? fleet?.spec.capacity.redundancy ?? defaults.redundancy,
    popSizing: options['pop-sizing'],
    growthPercentPerYear: options.growth,
    horizonYears: options.years,
    pops,
    entryBytes: options['entry-bytes'],
  };
  const problems = findInputProblems(inputs);
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  const lost = findPop(pops, options['lose-pop']);
  return { inputs, ...(fleet && { fleet: fleet.metadata.name }), ...(lost && { lost }) };
}

/** What a server of the fleet carries. What is measured is known to the fleet's pools, and not to its manifest. */
function capacityOf({ server }: DnsFleetSpec): number | undefined {
  if (capacityBounds(server)) {
    throw new UsageError(
      '--capacity-qps must be given, because server.capacityQps of the manifest is Measured: take status.capacity.queriesPerSecond of a DnsPool',
    );
  }
  return configuredCapacity(server);
}

function readManifest(text: string): z.output<typeof manifestSchema> {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new UsageError(`the manifest is no YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the manifest'}: ${message}`);
  throw new UsageError(`the manifest is no DnsFleet that could be applied:\n${lines.join('\n')}`);
}

type UnsharedPop = Omit<PopInputs, 'sharePercent'>;

function popsOfFleet({ regions }: DnsFleetSpec, options: PlanOptions): readonly UnsharedPop[] {
  for (const flag of ['pops', 'max-servers'] as const) {
    if (options[flag] !== undefined) throw new UsageError(`--${flag} is for a new fleet: the manifest says it itself`);
  }
  return listPops(regions).map(({ pop: { name, minServers, maxServers } }) => ({ name, minServers, maxServers }));
}

function popsOfNew(options: PlanOptions): readonly UnsharedPop[] {
  const count = options.pops ?? popsForNewFleet(options['expected-qps']);
  const maxServers = options['max-servers'] ?? defaults.maxServers;
  return Array.from({ length: count }, (_, index) => ({ name: `pop-${index + 1}`, minServers: 1, maxServers }));
}

function withShares(pops: readonly UnsharedPop[], { shares }: PlanOptions): readonly PopInputs[] {
  const names = pops.map(({ name }) => name);
  const unknown = [...shares.keys()].filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new UsageError(`--share names ${unknown.join(', ')}: the PoPs are ${names.join(', ')}`);
  const missing = names.filter((name) => shares.size > 0 && !shares.has(name));
  if (missing.length > 0)
    throw new UsageError(`--share must be given for every PoP, and is not for ${missing.join(', ')}`);
  return pops.map((pop) => ({ ...pop, sharePercent: shares.get(pop.name) ?? 100 / pops.length }));
}

function findPop(pops: readonly PopInputs[], name: string | undefined): PopInputs | undefined {
  if (name === undefined) return undefined;
  const found = pops.find((pop) => pop.name === name);
  const names = pops.map((pop) => pop.name).join(', ');
  if (!found) throw new UsageError(`--lose-pop names ${name}: the PoPs are ${names}`);
  if (pops.length === 1)
    throw new UsageError(`--lose-pop names ${name}: it is the only PoP, and nothing would be left`);
  return found;
}

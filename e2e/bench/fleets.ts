/** The fleets of the benchmark: made, watched until they have settled, and changed. */
import type { DnsFleet } from '../../operator/src/api/v1alpha1/dns-fleet.js';
import { conditionTypes } from '../../operator/src/api/v1alpha1/reasons.js';
import { dnsFleets, dnsPools } from '../../operator/src/controllers/resources.js';
import type { HttpKubeClient } from '../../operator/src/kube/http-client.js';
import { objectKey } from '../../operator/src/kube/object.js';
import { Reflector } from '../../operator/src/kube/reflector.js';
import type { Store } from '../../operator/src/kube/store.js';
import { findCondition } from '../../operator/src/planning/conditions.js';
import { systemClock, systemRandom } from '../../operator/src/runtime/clock.js';
import { silentLogger } from '../../operator/src/runtime/logger.js';

const manager = 'bench';
/** Fleets that are applied at the same time. */
const appliedAtOnce = 8;

/** The name of fleet `index`, all of one length: a name is never the beginning of another. */
export const fleetName = (index: number): string => `fleet-${String(index + 1).padStart(4, '0')}`;

/** What one server answers at its limit, in queries per second: with their load the servers are used by 40 %, so no pool is scaled by it. */
const capacityQps = 2500;

export interface FleetShape {
  readonly pops: number;
  readonly serversPerPool: number;
}

/** The regions of a fleet: one, with so many PoPs. */
function regionsOf({ pops, serversPerPool }: FleetShape) {
  const limits = { minServers: serversPerPool, maxServers: serversPerPool + 3 };
  return [{ name: 'eu', pops: Array.from({ length: pops }, (_, at) => ({ name: `pop-${at + 1}`, ...limits })) }];
}

/** A fleet of one region, without servers to spare. */
export function fleetManifest(of: FleetShape & { readonly name: string; readonly namespace: string }) {
  return {
    metadata: { name: of.name, namespace: of.namespace },
    spec: {
      server: { capacityQps },
      capacity: { redundancy: 0 },
      upstreams: { mode: 'Forward', servers: [{ address: '192.0.2.53' }, { address: '192.0.2.54' }] },
      access: { allow: ['10.0.0.0/8', '2001:db8::/32'] },
      rollout: { pauseSeconds: 5 },
      regions: regionsOf(of),
    },
  };
}

/** True once the fleet says that all of its present spec is in force everywhere. */
export function isSettled({ status, metadata }: DnsFleet): boolean {
  const ready = findCondition(status?.conditions, conditionTypes.ready);
  return ready?.status === 'True' && ready.observedGeneration === metadata.generation;
}

export class Fleets {
  readonly #client: HttpKubeClient;
  readonly #namespace: string;
  readonly #reflector: Reflector<DnsFleet>;

  constructor(client: HttpKubeClient, namespace: string) {
    this.#client = client;
    this.#namespace = namespace;
    const common = { clock: systemClock, random: systemRandom, logger: silentLogger };
    this.#reflector = new Reflector({ ...common, client, resource: dnsFleets, selection: { namespace } });
  }

  get store(): Store<DnsFleet> {
    return this.#reflector.store;
  }

  follow(signal: AbortSignal): Promise<void> {
    return this.#reflector.run(signal);
  }

  get settled(): number {
    return this.store.list().filter(isSettled).length;
  }

  /** Applies `count` fleets. */
  async apply(count: number, shape: FleetShape): Promise<void> {
    await forEachFleet(count, async (name) => {
      const manifest = fleetManifest({ name, namespace: this.#namespace, ...shape });
      await this.#client.apply(dnsFleets, manifest, { manager });
    });
  }

  /** Raises the floor of all pools of `count` fleets to `shape`. */
  async grow(count: number, shape: FleetShape): Promise<void> {
    await forEachFleet(count, async (name) => {
      await this.change(name, { regions: regionsOf(shape) });
    });
  }

  /** The servers of all pools that are ready, and those whose load is known, by the status of the pools. */
  async countServers(): Promise<{ readonly ready: number; readonly fresh: number }> {
    const pools = await this.#client.list(dnsPools, { namespace: this.#namespace });
    const sum = (of: 'ready' | 'fresh') => pools.reduce((total, { status }) => total + (status?.servers?.[of] ?? 0), 0);
    return { ready: sum('ready'), fresh: sum('fresh') };
  }

  /** Changes the spec of one fleet; returns its new generation. */
  async change(name: string, spec: Readonly<Record<string, unknown>>): Promise<number> {
    const key = objectKey(this.#namespace, name);
    const fleet = await this.#client.patch(dnsFleets, { key, patch: { spec } }, { manager });
    return fleet.metadata.generation;
  }

  /** Whether the fleet has settled on `generation`. */
  hasSettled(name: string, generation: number): boolean {
    const fleet = this.store.get(objectKey(this.#namespace, name));
    return fleet?.metadata.generation === generation && isSettled(fleet);
  }
}

async function forEachFleet(count: number, act: (name: string) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) await act(fleetName(index));
  };
  await Promise.all(Array.from({ length: appliedAtOnce }, worker));
}

/** The fleets of the benchmark: made, watched until they have settled, and changed. */
import type { DnsFleet } from '../../operator/src/api/v1alpha1/dns-fleet.js';
import { conditionTypes } from '../../operator/src/api/v1alpha1/reasons.js';
import { dnsFleets } from '../../operator/src/controllers/resources.js';
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

/** A fleet of one region, with one server in each PoP. */
export function fleetManifest(of: { readonly name: string; readonly namespace: string; readonly pops: number }) {
  const pops = Array.from({ length: of.pops }, (_, at) => ({ name: `pop-${at + 1}`, minServers: 1, maxServers: 4 }));
  return {
    metadata: { name: of.name, namespace: of.namespace },
    spec: {
      upstreams: { mode: 'Forward', servers: [{ address: '192.0.2.53' }, { address: '192.0.2.54' }] },
      access: { allow: ['10.0.0.0/8', '2001:db8::/32'] },
      rollout: { pauseSeconds: 5 },
      regions: [{ name: 'eu', pops }],
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
  async apply(count: number, pops: number): Promise<void> {
    let next = 0;
    const worker = async () => {
      for (let index = next++; index < count; index = next++) {
        const manifest = fleetManifest({ name: fleetName(index), namespace: this.#namespace, pops });
        await this.#client.apply(dnsFleets, manifest, { manager });
      }
    };
    await Promise.all(Array.from({ length: appliedAtOnce }, worker));
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

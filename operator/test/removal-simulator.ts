/**
 * A pool's Deployment and pods with just enough of a Deployment controller, a ReplicaSet controller and a kubelet, for
 * tests of removals. What the planner sees lags behind, of pods and Deployment separately, as caches do.
 */
import type { Random } from '../src/runtime/clock.js';
import { lowestDeletionCost } from '../src/api/v1alpha1/labels.js';
import { deletionRank } from '../src/planning/removal/choose.js';
import { planRemoval } from '../src/planning/removal/plan.js';
import type { RemovalAction, RemovalPlan, WorkloadObservation } from '../src/planning/removal/types.js';
import type { Server } from '../src/planning/servers.js';

/** Who told a pod to stop. */
type Stopper = 'removal' | 'rollout' | 'somebody';

interface SimulatedPod extends Server {
  readonly template: number;
  readonly stopper?: Stopper;
}

interface SimulatedDeployment {
  readonly replicas: number;
  readonly template: number;
  readonly version: number;
  readonly generation: number;
  readonly observedGeneration: number;
  readonly created: number;
  readonly updated: number;
}

/** What may happen between two looks of the planner. */
export const happenings = [
  'see-pods',
  'see-deployment',
  'controller',
  'ready',
  'gone',
  'killed',
  'vanished',
  'sick',
  'rollout',
  'ask',
  'take-back',
] as const;
export type Happening = (typeof happenings)[number];

export class RemovalSimulator {
  wanted: number;
  #pods: readonly SimulatedPod[] = [];
  #deployment: SimulatedDeployment;
  #podsSeen: readonly SimulatedPod[] = [];
  #deploymentSeen: SimulatedDeployment;
  #nowMs = 1000;
  #names = 0;
  readonly #random: Random;

  /** Runs `count` ready servers, as many as are wanted. */
  constructor(count: number, random: Random) {
    this.wanted = count;
    this.#random = random;
    this.#deployment = {
      replicas: count,
      template: 1,
      version: 1,
      generation: 1,
      observedGeneration: 0,
      created: 0,
      updated: 0,
    };
    this.#deploymentSeen = this.#deployment;
    this.happen('controller');
    this.#pods = this.#pods.map((pod) => ({ ...pod, isScheduled: true, isReady: true }));
    this.happen('see-pods');
    this.happen('see-deployment');
  }

  get replicas(): number {
    return this.#deployment.replicas;
  }

  get running(): readonly SimulatedPod[] {
    return this.#pods.filter(({ isStopping }) => !isStopping);
  }

  get isRollingOut(): boolean {
    return this.running.some(({ template }) => template !== this.#deployment.template);
  }

  /** Servers on their way out because of a removal. */
  get leaving(): readonly SimulatedPod[] {
    return this.#pods.filter(({ stopper }) => stopper === 'removal');
  }

  /** Plans on what is seen, carries the plan out, and returns it. */
  look(): RemovalPlan {
    this.#nowMs += 1000;
    const { replicas, version, generation, observedGeneration, created, updated } = this.#deploymentSeen;
    const workload: WorkloadObservation = {
      replicas,
      isObserved: observedGeneration >= generation,
      created,
      isRollingOut: updated < created,
      resourceVersion: String(version),
    };
    const servers = this.#podsSeen;
    const plan = planRemoval({ nowMs: this.#nowMs, wanted: this.wanted, workload, servers, loads: new Map() });
    // As the pool controller writes: on condition that the Deployment is the one that was seen.
    const isSame = version === this.#deployment.version;
    if (plan.replicas !== replicas && isSame) this.#scale(plan.replicas);
    plan.actions.forEach((action) => this.#perform(action));
    return plan;
  }

  happen(what: Happening): void {
    switch (what) {
      case 'see-pods':
        this.#podsSeen = this.#pods;
        return;
      case 'see-deployment':
        this.#deploymentSeen = this.#deployment;
        return;
      case 'controller':
        this.#control();
        return;
      case 'ready':
        this.#change(
          this.running.find(({ isReady }) => !isReady),
          { isScheduled: true, isReady: true },
        );
        return;
      case 'gone':
        this.#pods = this.running;
        this.#count();
        return;
      case 'killed':
        this.#change(this.#any(), { isStopping: true, stopper: 'somebody' });
        return;
      case 'vanished': {
        const lost = this.#any();
        this.#pods = this.#pods.filter((pod) => pod !== lost);
        return;
      }
      case 'sick':
        this.#change(this.#any(), { isReady: false });
        return;
      case 'rollout': {
        const { template, generation, version } = this.#deployment;
        this.#deployment = {
          ...this.#deployment,
          template: template + 1,
          generation: generation + 1,
          version: version + 1,
        };
        return;
      }
      case 'ask':
        this.#change(this.#any(), { isDrainRequested: true });
        return;
      case 'take-back':
        this.#change(
          this.running.find(({ isDrainRequested }) => isDrainRequested),
          { isDrainRequested: false },
        );
        return;
    }
  }

  /** All that happens by itself, until nothing moves, with a look after each round. */
  settle(rounds: number): void {
    for (let round = 0; round < rounds; round += 1) {
      for (const what of ['controller', 'ready', 'gone', 'controller', 'see-pods', 'see-deployment'] as const) {
        this.happen(what);
      }
      this.look();
    }
  }

  #perform(action: RemovalAction): void {
    const uid = action.server?.uid;
    const pod = this.#pods.find((candidate) => candidate.uid === uid);
    switch (action.type) {
      case 'Mark':
        this.#change(pod, { mark: action.mark, deletionCost: lowestDeletionCost });
        return;
      case 'Unmark':
        this.#change(pod, { mark: undefined, deletionCost: undefined });
        return;
      case 'Remove':
        if (action.resourceVersion === String(this.#deployment.version)) this.#scale(action.replicas);
        return;
    }
  }

  #scale(replicas: number): void {
    const { version, generation } = this.#deployment;
    this.#deployment = { ...this.#deployment, replicas, version: version + 1, generation: generation + 1 };
  }

  /** Makes and takes pods as the Deployment says: outside of a rollout, all that are too many at once. */
  #control(): void {
    const { replicas, generation } = this.#deployment;
    if (this.isRollingOut) this.#rollOut();
    else {
      while (this.running.length < replicas) this.#create();
      while (this.running.length > replicas)
        this.#change(this.#first(this.running), { isStopping: true, stopper: 'removal' });
    }
    this.#deployment = { ...this.#deployment, observedGeneration: generation };
    this.#count();
  }

  /** One more than the Deployment says, and never fewer ready ones. */
  #rollOut(): void {
    const { replicas, template } = this.#deployment;
    if (this.running.length <= replicas) this.#create();
    const former = this.running.filter((pod) => pod.template !== template);
    const ready = this.running.filter(({ isReady }) => isReady).length;
    const victim = this.#first(former);
    if (victim && (ready > replicas || !victim.isReady)) this.#change(victim, { isStopping: true, stopper: 'rollout' });
  }

  /** The pod that the ReplicaSet controller takes first. */
  #first(pods: readonly SimulatedPod[]): SimulatedPod | undefined {
    const keys = (pod: SimulatedPod) => [deletionRank(pod), pod.deletionCost ?? 0, -(pod.createdMs ?? 0)];
    return [...pods].sort((a, b) => {
      const [ofA, ofB] = [keys(a), keys(b)];
      return ofA.map((key, at) => key - (ofB[at] ?? 0)).find((difference) => difference !== 0) ?? 0;
    })[0];
  }

  #create(): void {
    this.#names += 1;
    const name = `pod-${this.#names}`;
    const fresh = { isScheduled: false, isReady: false, isStopping: false, createdMs: this.#names };
    this.#pods = [...this.#pods, { name, uid: name, ...fresh, template: this.#deployment.template }];
  }

  #count(): void {
    const { template, version, created, updated } = this.#deployment;
    const now = {
      created: this.running.length,
      updated: this.running.filter((pod) => pod.template === template).length,
    };
    if (now.created === created && now.updated === updated) return;
    this.#deployment = { ...this.#deployment, ...now, version: version + 1 };
  }

  #change(pod: SimulatedPod | undefined, change: Partial<SimulatedPod>): void {
    this.#pods = this.#pods.map((candidate) => (candidate === pod ? { ...candidate, ...change } : candidate));
  }

  #any(): SimulatedPod | undefined {
    return this.running[Math.floor(this.#random() * this.running.length)];
  }
}

/**
 * An operator that is killed with SIGKILL at its n-th write, and that is followed by a successor at once: before the API
 * server hears of the write, or after it carried it out and before the operator hears of that.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestCluster } from './cluster.js';
import { FaultProxy } from './fault-proxy/fault-proxy.js';
import type { ProxiedRequest } from './fault-proxy/faults.js';
import { OperatorProcess } from './operator-process.js';

export type KillTime = 'before' | 'after';

export class MortalOperator {
  readonly #cluster: TestCluster;
  readonly #program: string;
  readonly #directory = mkdtempSync(join(tmpdir(), 'dnsfleet-mortal-'));
  #proxy: FaultProxy | undefined;
  #process: OperatorProcess | undefined;
  #writesLeft = Infinity;
  #killTime: KillTime = 'after';
  #kills = 0;

  private constructor(cluster: TestCluster, program: string) {
    this.#cluster = cluster;
    this.#program = program;
  }

  /** Starts an operator out of `program` (see `bundleOperator`) that looks after the namespace of `cluster`. */
  static async start(cluster: TestCluster, program: string): Promise<MortalOperator> {
    const operator = new MortalOperator(cluster, program);
    // Events tell people what happened; nothing is decided by them.
    const onWrite = async (time: KillTime, { isWrite, url }: ProxiedRequest) => {
      if (isWrite && !url.includes('/events')) await operator.#countWrite(time);
    };
    operator.#proxy = await FaultProxy.start({
      kubeconfig: cluster.kubeconfig,
      onRequest: (request) => onWrite('before', request),
      onAnswer: (request) => onWrite('after', request),
    });
    operator.#proxy.writeKubeconfig(operator.#kubeconfig);
    operator.#startProcess();
    return operator;
  }

  /** How often it was killed at a write so far. */
  get kills(): number {
    return this.#kills;
  }

  /** What the present process printed. */
  get log(): string {
    return this.#process?.log ?? '';
  }

  /** Lets it live until its `n`-th write from now on, carried out or not; Infinity for ever. */
  killAtWrite(n: number, time: KillTime = 'after'): void {
    this.#writesLeft = n;
    this.#killTime = time;
  }

  /** Kills it now, and starts its successor. */
  async replace(): Promise<void> {
    await this.#process?.kill();
    this.#startProcess();
  }

  async stop(): Promise<void> {
    this.#writesLeft = Infinity;
    await this.#process?.kill();
    await this.#proxy?.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #countWrite(time: KillTime): Promise<void> {
    if (time !== this.#killTime) return;
    this.#writesLeft -= 1;
    if (this.#writesLeft > 0) return;
    this.#writesLeft = Infinity;
    this.#kills += 1;
    await this.replace();
    // The proxy hands on no request, and no answer, of one that is dead.
    throw new Error(`killed ${time} a write`);
  }

  get #kubeconfig(): string {
    return join(this.#directory, 'kubeconfig');
  }

  #startProcess(): void {
    const { namespace, agentPort } = this.#cluster;
    this.#process = new OperatorProcess({
      program: this.#program,
      kubeconfig: this.#kubeconfig,
      namespace,
      agentPort,
    });
  }
}

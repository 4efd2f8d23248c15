/**
 * An operator that is killed with SIGKILL at its n-th write, after the API server carried it out and before the operator
 * hears of it, and that is followed by a successor at once.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestCluster } from './cluster.js';
import { FaultProxy, type FaultProxyOptions } from './fault-proxy/fault-proxy.js';
import { OperatorProcess } from './operator-process.js';

export class MortalOperator {
  readonly #cluster: TestCluster;
  readonly #program: string;
  readonly #directory = mkdtempSync(join(tmpdir(), 'dnsfleet-mortal-'));
  #proxy: FaultProxy | undefined;
  #process: OperatorProcess | undefined;
  #writesLeft = Infinity;
  #kills = 0;

  private constructor(cluster: TestCluster, program: string) {
    this.#cluster = cluster;
    this.#program = program;
  }

  /** Starts an operator out of `program` (see `bundleOperator`) that looks after the namespace of `cluster`. */
  static async start(cluster: TestCluster, program: string): Promise<MortalOperator> {
    const operator = new MortalOperator(cluster, program);
    const onAnswer: FaultProxyOptions['onAnswer'] = ({ isWrite, url }) =>
      // Events tell people what happened; nothing is decided by them.
      isWrite && !url.includes('/events') ? operator.#countWrite() : undefined;
    operator.#proxy = await FaultProxy.start({ kubeconfig: cluster.kubeconfig, onAnswer });
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

  /** Lets it live until its `n`-th write from now on; Infinity for ever. */
  killAtWrite(n: number): void {
    this.#writesLeft = n;
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

  async #countWrite(): Promise<void> {
    this.#writesLeft -= 1;
    if (this.#writesLeft > 0) return;
    this.#writesLeft = Infinity;
    this.#kills += 1;
    await this.replace();
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

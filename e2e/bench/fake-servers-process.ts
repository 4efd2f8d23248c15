/** The process of the fake servers, as its parent sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import type { FakeServersOptions } from './fake-servers.js';

const report = z.object({ ready: z.number(), askedAgents: z.number(), lastAskedMs: z.number() });
export type ServersReport = z.infer<typeof report>;

export class FakeServersProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #report: ServersReport = { ready: 0, askedAgents: 0, lastAskedMs: 0 };

  constructor({ kubeconfig, namespace, agentPort }: FakeServersOptions) {
    this.#child = fork(join(import.meta.dirname, 'serve-fake-servers.ts'), [kubeconfig, namespace, String(agentPort)]);
    this.#child.on('message', (message) => (this.#report = report.parse(message)));
    this.#ended = once(this.#child, 'exit');
  }

  /** Its last word, at most a tenth of a second old. @throws Error when it has ended. */
  get report(): ServersReport {
    if (this.#child.exitCode !== null) throw new Error(`the fake servers ended with code ${this.#child.exitCode}`);
    return this.#report;
  }

  /** From now on, counts the agents that are asked from zero. */
  forgetQuestions(): void {
    this.#report = { ...this.#report, askedAgents: 0, lastAskedMs: 0 };
    this.#child.send('forget');
  }

  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const hard = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.#ended;
    clearTimeout(hard);
  }
}

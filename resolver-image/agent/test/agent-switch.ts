/** An agent that can be made to crash at each start, and be mended again, while its supervisor goes on. */
import { rename, symlink, writeFile } from 'node:fs/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Programs } from './pod.js';

export class AgentSwitch {
  readonly #directory = mkdtempSync(join(tmpdir(), 'dnsfleet-agent-switch-'));
  readonly #agent: string;
  /** What the supervisor is to start. */
  readonly path = join(this.#directory, 'agent.mjs');

  private constructor(programs: Programs) {
    this.#agent = join(programs.agent, 'agent.mjs');
  }

  /** A switch that is on. */
  static async create(programs: Programs): Promise<AgentSwitch> {
    const created = new AgentSwitch(programs);
    await created.mend();
    return created;
  }

  /** From the next start on the agent ends at once with exit code 3. */
  async break(): Promise<void> {
    const crash = join(this.#directory, 'crash.mjs');
    await writeFile(crash, 'process.exit(3);\n');
    await this.#pointTo(crash);
  }

  /** From the next start on it is the real one. */
  mend(): Promise<void> {
    return this.#pointTo(this.#agent);
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #pointTo(program: string): Promise<void> {
    const next = `${this.path}.next`;
    await symlink(program, next);
    await rename(next, this.path);
  }
}

/**
 * The agent of a server without an engine: the HTTP server and the long polls of the real agent, on a loopback address,
 * over counters that are simulated. It reads them once a second, as a real one does, and takes every configuration.
 */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { systemClock, systemRandom } from '../../operator/src/runtime/clock.js';
import type { ConfigStatus } from '../../resolver-image/agent/src/contract/config-status.js';
import { configHash, parseResolverConfig } from '../../resolver-image/agent/src/contract/resolver-config.js';
import type { ServerOptions } from '../../resolver-image/agent/src/server/server.js';
import { createAgentServer } from '../../resolver-image/agent/src/server/server.js';
import { LoadReporter } from '../../resolver-image/agent/src/load/reporter.js';
import { sampleForever } from '../../resolver-image/agent/src/load/sampler.js';
import { SimulatedEngine } from './simulated-engine.js';

export interface SimulatedAgentOptions {
  readonly address: string;
  readonly port: number;
  /** The file with the token of the pool. */
  readonly tokenPath: string;
  /** The text of the mounted configuration. */
  readonly text: string;
  /** Mean queries per second at a moment, in milliseconds since the epoch. */
  readonly queriesPerSecond: (nowMs: number) => number;
  /** Called each time that somebody asks for the load. */
  readonly onQuestion: () => void;
}

const cacheLimitBytes = 64_000_000;
/** As the real agent: the operator, and perhaps its successor. */
const maxWaiting = 16;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

export class SimulatedAgent {
  readonly #stop = new AbortController();
  readonly #reporter = new LoadReporter({ clock: systemClock, maxWaiting });
  readonly #server: Server;
  #text = '';
  #inForce: ConfigStatus['inForce'];

  private constructor({ tokenPath, text, onQuestion }: SimulatedAgentOptions) {
    this.#take(text);
    this.#server = createAgentServer({
      configurator: this.#configurator(),
      reporter: {
        wait: (since, waitMs, signal) => {
          onQuestion();
          return this.#reporter.wait(since, waitMs, signal);
        },
      },
      metrics: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
      tokenPath,
      log: silent,
    });
  }

  /** Resolves once it listens. */
  static async start(options: SimulatedAgentOptions): Promise<SimulatedAgent> {
    const agent = new SimulatedAgent(options);
    agent.#server.listen(options.port, options.address);
    await once(agent.#server, 'listening');
    agent.#read(options);
    return agent;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #read({ queriesPerSecond }: SimulatedAgentOptions): void {
    const engine = new SimulatedEngine({ startMs: Date.now(), queriesPerSecond, random: systemRandom });
    this.#reporter.onState({ answering: true, drain: { phase: 'Serving', sinceMs: Date.now() } });
    void sampleForever({
      engine: { sample: () => Promise.resolve(engine.sample(Date.now())) },
      cpu: { read: () => Promise.resolve(engine.cpu(Date.now())) },
      clock: systemClock,
      log: silent,
      onSample: (sample, cpu) => this.#reporter.onSample(sample, cpu),
      signal: this.#stop.signal,
    });
  }

  #configurator(): ServerOptions['configurator'] {
    const text = () => this.#text;
    const inForce = () => this.#inForce;
    const check = (offered: string) => {
      const parsed = parseResolverConfig(offered);
      return { accepted: parsed.ok, messages: parsed.ok ? [] : [...parsed.messages] };
    };
    return {
      get text() {
        return text();
      },
      get status(): ConfigStatus {
        const known = inForce();
        return known ? { inForce: known } : {};
      },
      check: (offered) => Promise.resolve(check(offered)),
      offer: (offered) => {
        const result = check(offered);
        if (result.accepted) this.#take(offered);
        return Promise.resolve({ ...result, outcome: result.accepted ? 'InForce' : 'Refused' });
      },
    };
  }

  #take(text: string): void {
    const parsed = parseResolverConfig(text);
    if (!parsed.ok) return;
    this.#text = text;
    const since = new Date().toISOString();
    this.#inForce = { hash: configHash(text), revision: parsed.config.revision, since };
    this.#reporter.onConfig(this.#inForce, cacheLimitBytes);
  }
}

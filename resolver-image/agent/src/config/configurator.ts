/**
 * Brings configurations into force: render, check, replace the file, apply; and on any failure the old file is back and
 * the old configuration goes on. One at a time. The order of the steps is what survives a crash at any point: the
 * accepted text is written last, so a restarted agent that finds an engine file of another text applies it again.
 */
import { join } from 'node:path';
import type { Clock } from '../../../../operator/src/runtime/clock.js';
import type { CheckResult, ConfigStatus, RefusedConfig } from '../contract/config-status.js';
import type { ConfigInForce } from '../contract/load.js';
import { configHash, parseResolverConfig, type ResolverConfig } from '../contract/resolver-config.js';
import type { ApplyOutcome, Engine, Rendered } from '../engines/engine.js';
import type { Files } from '../platform/files.js';
import { errorText, type Logger } from '../platform/log.js';
import type { Paths } from '../platform/paths.js';
import { oneAtATime } from './one-at-a-time.js';

export interface ConfiguratorOptions {
  readonly engine: Pick<Engine, 'render' | 'check' | 'apply'>;
  readonly files: Files;
  readonly paths: Pick<Paths, 'runDirectory' | 'engineConfig' | 'accepted'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when another configuration came into force, or one was refused. */
  readonly onChange: () => void;
}

/** `Later`: nothing is wrong with the configuration, but the engine could not be asked; offer it again. */
export type OfferOutcome = 'InForce' | 'Older' | 'Refused' | 'Later';

export interface Offer extends CheckResult {
  readonly outcome: OfferOutcome;
}

interface InForce {
  readonly config: ResolverConfig;
  readonly text: string;
  readonly report: ConfigInForce;
}

export class Configurator {
  readonly #options: ConfiguratorOptions;
  readonly #exclusively = oneAtATime();
  #inForce: InForce | undefined;
  #refused: RefusedConfig | undefined;
  /** How many configurations were refused since the agent's start. */
  #refusals = 0;
  /** The engine may run with another file than the one that is there; apply it again as soon as it answers. */
  #unsure = false;

  constructor(options: ConfiguratorOptions) {
    this.#options = options;
  }

  get status(): ConfigStatus {
    return {
      ...(this.#inForce && { inForce: this.#inForce.report }),
      ...(this.#refused && { refused: this.#refused }),
    };
  }

  /** The configuration in force. */
  get config(): ResolverConfig | undefined {
    return this.#inForce?.config;
  }

  /** The exact text of the configuration in force: what the operator restores, should its own copy get lost. */
  get text(): string | undefined {
    return this.#inForce?.text;
  }

  get refusals(): number {
    return this.#refusals;
  }

  /** Goes on from where an earlier agent stopped. Throws if the shared directory cannot be used. */
  resume(signal: AbortSignal): Promise<void> {
    return this.#exclusively(async () => {
      const { paths, log, engine, clock, files } = this.#options;
      const text = await files.read(paths.accepted);
      if (text === undefined) return;
      const parsed = parseResolverConfig(text);
      if (!parsed.ok) {
        log.error('the last accepted configuration cannot be read', { messages: parsed.messages.join('; ') });
        return;
      }
      const rendered = engine.render(parsed.config);
      if ((await files.read(paths.engineConfig)) !== rendered.text) {
        await this.#writeFiles(rendered);
        const checked = await engine.check(rendered, signal);
        if (!checked.ok) {
          log.error('the last accepted configuration is refused now', { messages: checked.messages.join('; ') });
          return;
        }
        await files.replace(paths.engineConfig, rendered.text);
        this.#unsure = true;
      }
      this.#inForce = { config: parsed.config, text, report: this.#report(text, parsed.config, clock.now()) };
      this.#options.onChange();
    });
  }

  /** Judges a text without using it. Throws if the checker cannot be run. */
  async check(text: string, signal: AbortSignal): Promise<CheckResult> {
    const parsed = parseResolverConfig(text);
    if (!parsed.ok) return { accepted: false, messages: [...parsed.messages] };
    return this.#exclusively(async () => {
      const rendered = this.#options.engine.render(parsed.config);
      await this.#writeFiles(rendered);
      const checked = await this.#options.engine.check(rendered, signal);
      await this.#removeOldFiles();
      return { accepted: checked.ok, messages: checked.ok ? [] : [...checked.messages] };
    });
  }

  /** Takes a text if it is not older than the one in force. Throws if the checker or the shared directory cannot be used. */
  offer(text: string, signal: AbortSignal): Promise<Offer> {
    return this.#exclusively(() => this.#offer(text, signal));
  }

  /** Applies the file in force again if the engine may not have read it. */
  settle(signal: AbortSignal): Promise<void> {
    return this.#exclusively(async () => {
      if (!this.#unsure || this.#inForce === undefined) return;
      const outcome = await this.#options.engine.apply(signal);
      if (outcome.kind === 'Refused') this.#options.log.error('configuration not applied', { why: outcome.message });
      if (outcome.kind === 'Applied' || outcome.kind === 'Refused') this.#unsure = false;
    });
  }

  async #offer(text: string, signal: AbortSignal): Promise<Offer> {
    const { engine, paths, clock, files } = this.#options;
    const before = this.#inForce;
    if (before?.report.hash === configHash(text)) return { outcome: 'InForce', accepted: true, messages: [] };
    const parsed = parseResolverConfig(text);
    if (!parsed.ok) return this.#refuse(text, undefined, parsed.messages);
    const { config } = parsed;
    if (before && config.revision < before.report.revision) {
      const message = `revision ${config.revision} is older than revision ${before.report.revision}, which is in force`;
      return { outcome: 'Older', accepted: false, messages: [message] };
    }
    const rendered = engine.render(config);
    await this.#writeFiles(rendered);
    const checked = await engine.check(rendered, signal);
    if (!checked.ok) {
      await this.#removeOldFiles();
      return this.#refuse(text, config.revision, checked.messages);
    }
    const oldText = await files.read(paths.engineConfig);
    await files.replace(paths.engineConfig, rendered.text);
    const applied = await engine
      .apply(signal)
      .catch((error: unknown): ApplyOutcome => ({ kind: 'NoAnswer', message: errorText(error) }));
    if (applied.kind === 'Refused' || applied.kind === 'NoAnswer') {
      await (oldText === undefined ? files.remove(paths.engineConfig) : files.replace(paths.engineConfig, oldText));
      if (applied.kind === 'Refused') return this.#refuse(text, config.revision, [applied.message]);
      this.#unsure = true;
      return { outcome: 'Later', accepted: false, messages: [applied.message] };
    }
    await files.replace(paths.accepted, text);
    // An engine that is just starting has perhaps read the old file already.
    this.#unsure = applied.kind === 'NotRunning';
    this.#inForce = { config, text, report: this.#report(text, config, clock.now()) };
    this.#refused = undefined;
    await this.#removeOldFiles();
    this.#options.log.info('configuration in force', { ...this.#inForce.report, engine: applied.kind });
    this.#options.onChange();
    return { outcome: 'InForce', accepted: true, messages: [] };
  }

  #refuse(text: string, revision: number | undefined, messages: readonly string[]): Offer {
    const { clock, log, onChange } = this.#options;
    const hash = configHash(text);
    const message = messages.join('; ');
    const time = new Date(clock.now()).toISOString();
    this.#refused = { hash, message, time, ...(revision !== undefined && { revision }) };
    this.#refusals += 1;
    log.error('configuration refused; the old one goes on', { hash, revision, why: message });
    onChange();
    return { outcome: 'Refused', accepted: false, messages: [...messages] };
  }

  #report(text: string, config: ResolverConfig, nowMs: number): ConfigInForce {
    return { hash: configHash(text), revision: config.revision, since: new Date(nowMs).toISOString() };
  }

  async #writeFiles(rendered: Rendered): Promise<void> {
    for (const file of rendered.files)
      await this.#options.files.replace(join(this.#options.paths.runDirectory, file.name), file.text);
  }

  /** Removes files of configurations that are no longer in force. */
  async #removeOldFiles(): Promise<void> {
    const { paths, engine, log, files } = this.#options;
    const kept = new Set(this.#inForce && engine.render(this.#inForce.config).files.map((file) => file.name));
    try {
      for (const name of await files.list(paths.runDirectory)) {
        const old = name.startsWith('candidate-') || name.endsWith('.hints');
        if (old && !kept.has(name)) await files.remove(join(paths.runDirectory, name));
      }
    } catch (error) {
      log.warn('old files were not removed', { error: errorText(error) });
    }
  }
}

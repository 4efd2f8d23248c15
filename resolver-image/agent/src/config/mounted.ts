/**
 * Watches the configuration that the kubelet mounts. The kubelet swaps a symbolic link, which file watchers see badly
 * or twice, so the file is looked at once a second; it is read only when it was replaced.
 */
import type { Clock } from '../../../../operator/src/runtime/clock.js';
import type { Files } from '../platform/files.js';
import { errorText, type Logger } from '../platform/log.js';
import type { Configurator } from './configurator.js';

const LOOK_EVERY_MS = 1000;

export interface MountedOptions {
  readonly path: string;
  readonly files: Pick<Files, 'read' | 'version'>;
  readonly configurator: Pick<Configurator, 'offer' | 'settle'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Offers each version of the mounted file to the configurator, once, and again only while the engine is silent. */
export async function followMounted(options: MountedOptions): Promise<void> {
  const { path, files, configurator, clock, log, signal } = options;
  let offered: string | undefined;
  let failure = '';
  while (!signal.aborted) {
    try {
      const version = await files.version(path);
      if (version !== undefined && version !== offered) {
        const text = await files.read(path);
        const { outcome, messages } =
          text === undefined ? { outcome: 'Later', messages: [] } : await configurator.offer(text, signal);
        if (outcome === 'Older') log.info('mounted configuration is older', { why: messages.join('; ') });
        if (outcome !== 'Later') offered = version;
      }
      await configurator.settle(signal);
      failure = '';
    } catch (error) {
      const text = errorText(error);
      if (text !== failure) log.error('mounted configuration', { path, error: text });
      failure = text;
    }
    await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
  }
}

/**
 * The operator's program: the only place that reads arguments and environment, and that hears and sends signals of the
 * operating system. Exits 0 when it was told to stop, 1 when it cannot go on, 2 when its options are wrong.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { describeOptions, OptionsError, parseOptions, type Options } from './config/options.js';
import { createJsonLogger } from './observability/logger.js';
import { runOperator } from './run.js';
import { systemClock, systemRandom } from './runtime/clock.js';
import { version } from './version.js';

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) {
    console.log(`dnsfleet operator ${version}\n\n${describeOptions()}`);
    return 0;
  }
  let options: Options;
  try {
    options = parseOptions(argv, process.env);
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    console.error(`${error.message}\n\nThe options are:\n${describeOptions()}`);
    return 2;
  }
  const logger = createJsonLogger({ level: options.logLevel, clock: systemClock, stream: process.stdout });
  const die = (message: string) => (err: unknown) => {
    logger.error(message, { err });
    process.exit(1);
  };
  process.on('uncaughtException', die('Nobody caught an exception'));
  process.on('unhandledRejection', die('Nobody handled a rejection'));
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      // Whoever asks twice does not want to wait.
      if (stop.signal.aborted) process.exit(1);
      logger.info('Received a signal', { signal: name });
      stop.abort();
    });
  }

  const instance = hostname();
  const identity = `${instance}_${randomUUID().slice(0, 8)}`;
  logger.info('Starting', { version, node: process.version, identity, options });
  try {
    const ending = await runOperator({
      options,
      clock: systemClock,
      random: systemRandom,
      logger,
      instance,
      identity,
      version,
      node: process.version,
      signal: stop.signal,
    });
    if (ending === 'lost') logger.error('Work goes on without the lease, ending');
    else logger.info('Stopped');
    return ending === 'lost' ? 1 : 0;
  } catch (err) {
    logger.error('The operator cannot go on', { err });
    return 1;
  }
}

process.exit(await main(process.argv.slice(2)));

/**
 * The preStop hook of the engine's container: returns when the engine may be stopped. It always exits with 0, because
 * a failed hook would not keep the engine either; what came of it is a line in the container's log, and the drain phase
 * in the server's load and metrics.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { systemClock } from '../../../../operator/src/runtime/clock.js';
import { EngineSilent } from '../engines/engine.js';
import { control } from '../engines/unbound/control.js';
import { clientQueries, openClientRecursions, parseStats, queriesOverTcp } from '../engines/unbound/stats.js';
import { createLogger, errorText } from '../platform/log.js';
import { pathsFrom } from '../platform/paths.js';
import { diverted } from './divert.js';
import { type EngineReading, leave } from './leave.js';
import { drainSettings } from './settings.js';
import { drainPhaseOf, foundSilent, tellSupervisor } from './supervisor-client.js';

/** Milliseconds for one reading of the counters; the engine answers within 4 at 5,000 q/s (measured). */
const READ_TIMEOUT_MS = 1000;

const clock = systemClock;
const paths = pathsFrom(process.env);
const log = createLogger('prestop', clock, writeToContainerLog);

/** A hook's own output goes nowhere; the first process of the container has the log. */
function writeToContainerLog(line: string): void {
  try {
    appendFileSync(process.env['DNSFLEET_LOG'] ?? '/proc/1/fd/1', line);
  } catch {
    process.stdout.write(line);
  }
}

async function readEngine(): Promise<EngineReading> {
  try {
    const request = { socketPath: paths.controlSocket, command: 'stats_noreset', timeoutMs: READ_TIMEOUT_MS };
    const values = parseStats(await control(request));
    return { queries: clientQueries(values), overTcp: queriesOverTcp(values), open: openClientRecursions(values) };
  } catch (error) {
    if (error instanceof EngineSilent) return error.absent ? 'Absent' : 'Silent';
    throw error;
  }
}

/** A divert that fails is tried again a second later; and what it protects is left in bounded time anyway. */
async function divert(): Promise<void> {
  const send = (command: string) => control({ socketPath: paths.controlSocket, command, timeoutMs: READ_TIMEOUT_MS });
  try {
    for (const zone of diverted(await send('list_local_zones'))) await send(`local_zone ${zone} truncate`);
  } catch (error) {
    log.warn('clients were not diverted', { error: errorText(error) });
  }
}

function readConfig(): string | undefined {
  try {
    return readFileSync(paths.accepted, 'utf8');
  } catch {
    // No configuration was ever in force, or the volume is gone: the fallback settings hold.
    return undefined;
  }
}

try {
  const settings = drainSettings(readConfig());
  const phase = await drainPhaseOf(paths.supervisorSocket);
  log.info('leaving', { ...settings, phase });
  const { kind, ...figures } = await leave({
    settings,
    clock,
    readEngine,
    tell: (order) => tellSupervisor(paths.supervisorSocket, order),
    divert,
    foundSilent: () => foundSilent(paths.supervisorSocket),
    alreadyQuiet: phase === 'Quiet',
  });
  if (kind === 'Unproven') log.warn('left at the deadline, not proven quiet', { ...figures });
  else log.info('left', { kind, ...figures });
} catch (error) {
  log.error('left without proof', { error: errorText(error) });
}

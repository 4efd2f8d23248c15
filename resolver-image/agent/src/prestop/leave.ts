/**
 * How a server takes its leave: lame duck (stay ready), not ready, proven quiet or the deadline. It goes by the
 * engine's own counters, which it reads itself, so that nothing depends on supervisor and agent being there; they are
 * told, as often as it takes, and not asked for anything that matters.
 *
 * Why a lame duck also inside of a cluster: kube-proxy gives no new clients to a pod that is being deleted, and keeps
 * the way back of the old ones for as long as it is ready. The moment it is not, their conntrack entries go, and
 * with them the answers of all recursions in flight (measured: 56 of 1,000 queries/s with names that take 3 s).
 *
 * Why clients are diverted: one that uses a source port for ever, as forwarders do, is never gone by itself, since its
 * port stays pinned to this server. So at the end of the lame duck the engine truncates what it answers over UDP. Clients
 * then ask over TCP (RFC 7766), by a new connection, which another server gets; and when the last recursion is answered
 * there is nothing in flight that not being ready could cost.
 *
 * A TCP connection that is used for ever never ends by itself either. No new one has come since the pod is being deleted,
 * so those that are left are older than all of the lame duck, and a client has to bear that the server ends its
 * connection (RFC 7766, section 6.2.4). They are ended while nobody waits, and their queries do not count once clients
 * are diverted.
 */
import type { Clock } from '../../../../operator/src/runtime/clock.js';
import type { DrainSettings } from '../contract/resolver-config.js';
import type { DrainOrder } from '../supervisor/drain.js';
import { isQuiet, observe, startWatch, type Watch } from './quiet.js';

/** What the engine says; `Absent` when nothing listens on its control socket, `Silent` when it did not answer in time. */
export type EngineReading =
  | {
      readonly queries: number;
      /** How many of them came over TCP. */
      readonly overTcp: number;
      /** Recursions that a client waits for. */
      readonly open: number;
    }
  | 'Absent'
  | 'Silent';

export interface LeaveOptions {
  readonly settings: DrainSettings;
  readonly clock: Clock;
  readonly readEngine: () => Promise<EngineReading>;
  /** Tells the supervisor; resolves whether or not it heard. */
  readonly tell: (order: DrainOrder) => Promise<void>;
  /** Whether the supervisor finds the engine silent; false also when it does not answer itself. */
  readonly foundSilent: () => Promise<boolean>;
  /** Has the engine truncate what it answers over UDP; resolves whether or not it heard. */
  readonly divert: () => Promise<void>;
  /** Whether a drain was already proven before this one began. */
  readonly alreadyQuiet: boolean;
}

/** EngineGone: there was nothing left to protect. */
export type LeaveResult =
  | { readonly kind: 'AlreadyQuiet' | 'Quiet' | 'EngineGone'; readonly tookMs: number }
  | { readonly kind: 'Unproven'; readonly tookMs: number; readonly queriesPerSecond: number; readonly open: number };

/** Milliseconds between readings. */
const READ_EVERY_MS = 250;
/** Milliseconds between repeated orders, for a supervisor that was restarted and an engine that was configured anew. */
const TELL_EVERY_MS = 1000;
/** Milliseconds for which clients are diverted at most: an engine answers no recursion that took longer (discard-timeout). */
const DIVERT_MS = 5000;
/**
 * Silent readings in a row, of a second each, after which the engine counts as frozen: if the supervisor finds it silent
 * too, and else. An engine that is busy answers its control socket late; the supervisor asks it in other ways as well.
 */
const SILENT_READINGS = 2;
const SILENT_READINGS_ALONE = 10;

/** To the supervisor, who diverts is a lame duck: ready. */
type Phase = 'LameDuck' | 'Diverting' | 'NotReady';

/** Resolves when the engine may be stopped; never later than `settings.timeoutSeconds` plus one reading. */
export async function leave(options: LeaveOptions): Promise<LeaveResult> {
  const { settings, clock, readEngine, tell, divert, foundSilent } = options;
  const startMs = clock.monotonic();
  const took = () => clock.monotonic() - startMs;
  if (options.alreadyQuiet) return { kind: 'AlreadyQuiet', tookMs: took() };

  const deadlineMs = startMs + settings.timeoutSeconds * 1000;
  const lameDuckEndMs = Math.min(deadlineMs, startMs + settings.lameDuckSeconds * 1000);
  const quietMs = settings.quietPeriodSeconds * 1000;
  let phase: Phase = 'LameDuck';
  let phaseEndMs = lameDuckEndMs;
  let isDiverted = false;
  let watch: Watch | undefined;
  let silent = 0;
  let toldMs = -Infinity;
  let toldPhase = '';
  for (;;) {
    const nowMs = clock.monotonic();
    const isQuietNow = watch !== undefined && isQuiet(watch, quietMs);
    const isDone = phase === 'Diverting' ? watch?.last.open === 0 : isQuietNow;
    if (phase !== 'NotReady' && (nowMs >= phaseEndMs || isDone)) {
      isDiverted ||= settings.lameDuckSeconds > 0 && !isQuietNow;
      phase = phase === 'LameDuck' && isDiverted ? 'Diverting' : 'NotReady';
      phaseEndMs = Math.min(deadlineMs, nowMs + DIVERT_MS);
      // What was read before counts for nothing: until now, queries were invited.
      watch = undefined;
    }
    if (phase !== toldPhase || nowMs - toldMs >= TELL_EVERY_MS) {
      [toldPhase, toldMs] = [phase, nowMs];
      // Clients are diverted while the server is ready, and after that until the last of them has noticed.
      await tell({ phase: phase === 'NotReady' ? 'NotReady' : 'LameDuck' });
      if (isDiverted) await divert();
    }
    const reading = await readEngine();
    if (reading === 'Absent') return { kind: 'EngineGone', tookMs: took() };
    if (reading === 'Silent') {
      silent += 1;
      const isGone = silent >= SILENT_READINGS_ALONE || (silent >= SILENT_READINGS && (await foundSilent()));
      if (isGone) return { kind: 'EngineGone', tookMs: took() };
    } else {
      silent = 0;
      const queries = isDiverted ? reading.queries - reading.overTcp : reading.queries;
      const now = { timeMs: clock.monotonic(), queries, open: reading.open };
      watch = watch === undefined ? startWatch(now) : observe(watch, now);
      if (phase === 'NotReady' && isQuiet(watch, quietMs)) {
        await tell({ phase: 'Quiet' });
        return { kind: 'Quiet', tookMs: took() };
      }
    }
    if (clock.monotonic() >= deadlineMs) {
      const queriesPerSecond = Math.round((watch?.queriesPerSecond ?? 0) * 10) / 10;
      await tell({ phase: 'Unproven', queriesPerSecondLeft: queriesPerSecond });
      return { kind: 'Unproven', tookMs: took(), queriesPerSecond, open: watch?.last.open ?? 0 };
    }
    await clock.sleep(Math.min(READ_EVERY_MS, Math.max(1, deadlineMs - clock.monotonic())));
  }
}

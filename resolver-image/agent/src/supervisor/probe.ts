/**
 * Asks the engine for its identity, for ever. Every probe has a socket of its own: a new source port lands on any of
 * the engine's threads, and a connected socket hears at once (ICMP) that nobody listens.
 */
import { createSocket } from 'node:dgram';
import type { Clock, Random } from '../../../../operator/src/runtime/clock.js';
import { decodeIdentityAnswer, encodeIdentityQuery } from './chaos.js';
import type { ProbeOutcome } from './verdict.js';

/** Milliseconds from one probe to the next. */
export const PROBE_INTERVAL_MS = 200;
/**
 * Milliseconds for an answer. A freeze just after a good probe is noticed after interval + interval + time-out = 550 ms,
 * which leaves 50 ms of the promised 600 for a busy machine.
 */
export const PROBE_TIMEOUT_MS = 150;
/** Milliseconds without an answer after which the control socket is asked, so that its answer comes before a verdict. */
export const PROBE_SLOW_MS = 50;

export interface ProbeTarget {
  readonly address: string;
  readonly port: number;
  readonly identity: string;
}

/** One probe; never rejects. Calls `onSlow` when there is no answer after PROBE_SLOW_MS. */
export function probeOnce({
  target,
  clock,
  random,
  onSlow,
}: Omit<ProbeLoop, 'signal' | 'onOutcome'>): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const id = Math.floor(random() * 0x10000);
    const socket = createSocket(target.address.includes(':') ? 'udp6' : 'udp4');
    let done = false;
    const finish = (outcome: ProbeOutcome) => {
      if (done) return;
      done = true;
      timer.cancel();
      slow.cancel();
      socket.close();
      resolve(outcome);
    };
    const slow = clock.setTimer(PROBE_SLOW_MS, onSlow);
    const timer = clock.setTimer(PROBE_TIMEOUT_MS, () => finish('Silent'));
    socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ECONNREFUSED' ? 'Refused' : 'Silent'));
    socket.on('message', (packet) => {
      const identity = decodeIdentityAnswer(packet, id);
      if (identity !== undefined) finish(identity === target.identity ? 'Right' : 'WrongIdentity');
    });
    socket.connect(target.port, target.address, () => {
      // Not called for a socket that was closed in the meantime.
      socket.send(encodeIdentityQuery(id));
    });
  });
}

export interface ProbeLoop {
  readonly target: ProbeTarget;
  readonly clock: Clock;
  readonly random: Random;
  /** A probe has no answer yet; its outcome is still to come. */
  readonly onSlow: () => void;
  readonly onOutcome: (outcome: ProbeOutcome) => void;
  readonly signal: AbortSignal;
}

/** Probes at a fixed pace until the signal aborts; a late probe does not shift the ones after it. */
export async function probeForever(loop: ProbeLoop): Promise<void> {
  const { clock, onOutcome, signal } = loop;
  let nextMs = clock.monotonic();
  while (!signal.aborted) {
    onOutcome(await probeOnce(loop));
    const now = clock.monotonic();
    nextMs = Math.max(nextMs + PROBE_INTERVAL_MS, now - PROBE_INTERVAL_MS);
    if (nextMs > now) await clock.sleep(nextMs - now, signal).catch(() => undefined);
  }
}

/** The agent's end of the channel to its supervisor: hears its state, and tells it every few seconds that it is alive. */
import type { Clock } from '../../../operator/src/runtime/clock.js';
import type { FromAgent, FromSupervisor } from './supervisor/messages.js';
import { initialVerdict } from './supervisor/verdict.js';

/** Milliseconds between signs of life; the supervisor kills an agent that was silent for 20 s. */
const ALIVE_EVERY_MS = 5000;

export interface SupervisorLink {
  /** What the supervisor said last; before that, a server that serves with an engine that was not heard. */
  state(): FromSupervisor;
}

/** Starts listening; `onState` is called with each new state. */
export function connectSupervisor(clock: Clock, onState: (state: FromSupervisor) => void): SupervisorLink {
  const nowMs = clock.now();
  let state: FromSupervisor = {
    verdict: { ...initialVerdict(nowMs), reason: 'the supervisor was not heard' },
    drain: { phase: 'Serving', sinceMs: nowMs },
    agentRestarts: 0,
  };
  process.on('message', (message: FromSupervisor) => {
    state = message;
    onState(state);
  });
  const alive: FromAgent = { alive: true };
  const tell = () => {
    if (!process.connected) return;
    process.send?.(alive);
    clock.setTimer(ALIVE_EVERY_MS, tell);
  };
  tell();
  return { state: () => state };
}

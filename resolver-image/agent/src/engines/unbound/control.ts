/**
 * The control channel of Unbound: one Unix socket connection a command, `UBCT1 command`, text until the end.
 * Used by the agent and by the preStop program, so it depends on nothing but node. One class of error tells a dead
 * engine (nothing listens) from a frozen one (no answer in time).
 */
import { createConnection } from 'node:net';
import { EngineSilent } from '../engine.js';

export interface ControlRequest {
  readonly socketPath: string;
  readonly command: string;
  /** Milliseconds until the engine counts as silent. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** No command that the agent sends answers with more. */
const MAX_ANSWER_BYTES = 16 << 20;

/** Sends one command and returns the whole answer. Throws EngineSilent, or the signal's reason. */
export function control(request: ControlRequest): Promise<string> {
  const { socketPath, command, timeoutMs, signal } = request;
  if (/[\r\n]/.test(command)) throw new Error(`control command with a line break: ${JSON.stringify(command)}`);
  const name = command.split(' ', 1)[0] ?? command;
  return new Promise((resolve, reject) => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const socket = createConnection({ path: socketPath });
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (settle: () => void) => {
      deadline.removeEventListener('abort', onDeadline);
      signal?.removeEventListener('abort', onAbort);
      socket.destroy();
      settle();
    };
    const silent = (why: string, absent: boolean, cause?: unknown) =>
      finish(() => reject(new EngineSilent(`engine command ${name}: ${why}`, absent, { cause })));
    const onDeadline = () => silent(`no answer within ${timeoutMs} ms`, false);
    const onAbort = () => finish(() => reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted')));
    deadline.addEventListener('abort', onDeadline);
    signal?.addEventListener('abort', onAbort);
    socket.on('connect', () => socket.write(`UBCT1 ${command}\n`));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) silent(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`, false);
    });
    socket.on('end', () => finish(() => resolve(Buffer.concat(chunks).toString('utf8'))));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      silent(error.message, error.code === 'ENOENT' || error.code === 'ECONNREFUSED', error),
    );
    if (signal?.aborted) onAbort();
  });
}

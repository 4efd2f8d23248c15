/** The preStop program's side of supervisor.sock. A supervisor that does not answer is no reason to wait or to fail. */
import { request } from 'node:http';
import type { DrainOrder } from '../supervisor/drain.js';

/** Milliseconds for an answer; the supervisor answers from memory. */
const TIMEOUT_MS = 300;

/** The drain phase that the supervisor knows; undefined if it does not answer. */
export async function drainPhaseOf(socketPath: string): Promise<string | undefined> {
  const text = await call(socketPath, { method: 'GET', path: '/state' });
  return /"phase":"(\w+)"/.exec(text ?? '')?.[1];
}

/** Whether the supervisor finds that the engine does not answer; false if it does not answer itself. */
export async function foundSilent(socketPath: string): Promise<boolean> {
  const text = await call(socketPath, { method: 'GET', path: '/state' });
  return text?.includes('"answering":false') ?? false;
}

/** Tells the supervisor the phase; resolves in any case. */
export async function tellSupervisor(socketPath: string, order: DrainOrder): Promise<void> {
  await call(socketPath, { method: 'POST', path: '/drain', body: JSON.stringify(order) });
}

/** The body of the answer; undefined if there is none in time. */
function call(
  socketPath: string,
  message: { readonly method: string; readonly path: string; readonly body?: string },
): Promise<string | undefined> {
  const { method, path, body } = message;
  return new Promise((resolve) => {
    const outgoing = request({ socketPath, method, path, timeout: TIMEOUT_MS }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve(text));
      answer.on('error', () => resolve(undefined));
    });
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve(undefined));
    outgoing.on('close', () => resolve(undefined));
    outgoing.end(body);
  });
}

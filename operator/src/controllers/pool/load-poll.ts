/**
 * Asks agents for their load over connections that stay open: a long poll is asked again as soon as it is answered. Not
 * with undici like the client of the contract, because there are thousands of them. Measured with 5,000 agents, all else
 * equal: the process grew to 170 MB this way, and with undici to 320 MB before a full collection.
 */
import { Agent, get } from 'node:http';
import type { Clock } from '../../runtime/clock.js';
import { AgentError, readAnswer } from '../../../../resolver-image/agent/src/contract/client.js';
import { type Load, loadSchema } from '../../../../resolver-image/agent/src/contract/load.js';

export interface LoadQuestion {
  readonly ip: string;
  /** Seconds for which the agent may hold the answer back while nothing changes. */
  readonly waitSeconds: number;
  /** The `sequence` of the last answer; 0 before the first. */
  readonly since: number;
  /** Milliseconds for the answer, on top of the wait. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Resolves to the answer. Rejects with AgentError when there is none, or with the signal's reason. */
export type AskLoad = (question: LoadQuestion) => Promise<Load>;

/** A Load has less than 2 kB: whoever sends more is no agent. */
const mostCharacters = 65_536;

/** Asks over HTTP at `port` of the pods' addresses. */
export function createAskLoad({ clock, port }: { readonly clock: Clock; readonly port: number }): AskLoad {
  const agent = new Agent({ keepAlive: true });
  return ({ ip, waitSeconds, since, timeoutMs, signal }) => {
    const path = `/v1/load?wait=${waitSeconds}&since=${since}`;
    const what = `GET http://${ip.includes(':') ? `[${ip}]` : ip}:${port}/v1/load`;
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(reasonOf(signal));
        return;
      }
      const request = get({ host: ip, port, path, agent });
      const release = () => {
        timer.cancel();
        signal.removeEventListener('abort', onAbort);
      };
      const fail = (error: Error) => {
        release();
        reject(error);
        request.destroy();
      };
      const onAbort = () => fail(reasonOf(signal));
      const onBroken = (cause: Error) => fail(new AgentError(`${what}: ${cause.message}`, undefined, { cause }));
      const timer = clock.setTimer(waitSeconds * 1000 + timeoutMs, () =>
        fail(new AgentError(`${what}: no answer in time`)),
      );
      signal.addEventListener('abort', onAbort, { once: true });
      request.on('error', onBroken);
      request.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('error', onBroken);
        response.on('data', (part: string) => {
          text += part;
          if (text.length > mostCharacters) fail(new AgentError(`${what}: the answer is too long`));
        });
        response.on('end', () => {
          release();
          try {
            resolve(readAnswer(loadSchema, { what, status: response.statusCode ?? 0, text }));
          } catch (error) {
            reject(error instanceof Error ? error : new AgentError(`${what}: ${String(error)}`));
          }
        });
      });
    });
  };
}

const reasonOf = ({ reason }: AbortSignal): Error =>
  reason instanceof Error ? reason : new Error('aborted', { cause: reason });

/** Queries that an upstream lets wait, to see what becomes of them when something is done to the engine meanwhile. */
import { addressOf } from '../../../e2e/traffic/names.js';
import { type Ask, firstAnswer } from './dns.js';
import { type Pod, until } from './pod.js';

export interface InFlight {
  /** Whether an answer has come by now. */
  readonly answered: () => boolean;
  /** `right`, or what came instead. */
  readonly outcome: Promise<string>;
}

/**
 * Asks `name`, which has to be new, and resolves when the engine works on it. Nobody else may ask new names of the
 * engine at the time.
 */
export async function startRecursion(pod: Pod, name: string, question: Partial<Ask> = {}): Promise<InFlight> {
  const before = await pod.stat('total.num.cachemiss');
  let answered = false;
  const outcome = firstAnswer({ name, port: pod.dnsPort, timeoutMs: 10_000, ...question }).then(
    (answer) => {
      answered = true;
      return answer === addressOf(name) ? 'right' : answer;
    },
    () => 'lost',
  );
  await until(`the engine works on ${name}`, async () => (await pod.stat('total.num.cachemiss')) > before);
  return { answered: () => answered, outcome };
}

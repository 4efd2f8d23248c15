/** Faults that the proxy can put between a client and an API server, and ways to choose them. */
import type { Random } from '../../src/runtime/clock.js';

/** A request as the proxy sees it. */
export interface ProxiedRequest {
  readonly method: string;
  /** With the query: `/api/v1/namespaces/dns/pods?limit=500`. */
  readonly url: string;
  readonly isWatch: boolean;
  /** Anything but GET and HEAD. */
  readonly isWrite: boolean;
  /** How many requests came before, and how many of them were writes. */
  readonly index: number;
  readonly writeIndex: number;
}

export type Fault =
  /** Answers with this status and a `Status` body, without asking the API server. */
  | { readonly type: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
  /** Lets the API server carry the request out, and then answers with this status all the same. */
  | { readonly type: 'status-after'; readonly status: number }
  /** Resets the connection: at once, or after so many lines of a watch. */
  | { readonly type: 'reset'; readonly afterLines?: number }
  /** Holds back the answer. */
  | { readonly type: 'delay'; readonly ms: number }
  /** Sends the answer in small pieces. */
  | { readonly type: 'trickle'; readonly bytes: number; readonly ms: number }
  /** Sends half of the answer (of a watch: half of the line after so many) and ends the connection. */
  | { readonly type: 'half'; readonly afterLines?: number }
  /** Keeps back events of a watch: `count` of them after so many lines. */
  | { readonly type: 'lose-events'; readonly afterLines: number; readonly count: number }
  /** Sends each event of a watch again, `later` lines later (0: twice in a row). */
  | { readonly type: 'repeat-events'; readonly later: number }
  /** Puts an ERROR event into a watch after so many lines and ends it. */
  | { readonly type: 'watch-error'; readonly code: number; readonly afterLines: number }
  /** Puts a line that is no JSON into a watch after so many lines. */
  | { readonly type: 'garbage'; readonly afterLines: number }
  /** Answers nothing, and keeps the connection open. */
  | { readonly type: 'silence' };

/** Decides for each request which fault it meets, if any. */
export type FaultChooser = (request: ProxiedRequest) => Fault | undefined;

/** A fault for the requests that match all that is said. */
export interface FaultRule {
  readonly method?: string;
  /** Matched against path and query. */
  readonly url?: RegExp;
  readonly watch?: boolean;
  /** The first request that is hit, counted from 1 among those that match; 1 unless told otherwise. */
  readonly nth?: number;
  /** How many are hit in a row; 1 unless told otherwise. */
  readonly times?: number;
  readonly fault: Fault;
}

/** Follows a script: the first rule that is due decides. */
export function scriptedFaults(rules: readonly FaultRule[]): FaultChooser {
  const seen = rules.map(() => 0);
  return (request) => {
    let chosen: Fault | undefined;
    rules.forEach((rule, at) => {
      if (!matches(rule, request)) return;
      const count = (seen[at] ?? 0) + 1;
      seen[at] = count;
      const { nth = 1, times = 1 } = rule;
      if (count >= nth && count < nth + times) chosen ??= rule.fault;
    });
    return chosen;
  };
}

/** Hits this share of the requests with faults of every kind. */
export function randomFaults(random: Random, share: number): FaultChooser {
  const upTo = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(choices: readonly [T, ...T[]]): T => choices[upTo(choices.length)] ?? choices[0];
  const onWatch = (): Fault =>
    pick<Fault>([
      { type: 'status', status: 410 },
      { type: 'status', status: 429, retryAfterSeconds: 0 },
      { type: 'status', status: 500 },
      { type: 'reset', afterLines: upTo(10) },
      { type: 'half', afterLines: upTo(10) },
      { type: 'lose-events', afterLines: upTo(10), count: 1 + upTo(3) },
      { type: 'repeat-events', later: upTo(5) },
      { type: 'watch-error', code: pick([410, 500]), afterLines: upTo(10) },
      { type: 'garbage', afterLines: upTo(10) },
      { type: 'trickle', bytes: 100, ms: 1 },
      { type: 'delay', ms: upTo(300) },
    ]);
  const onCall = (): Fault =>
    pick<Fault>([
      { type: 'status', status: pick([410, 429, 500, 503]) },
      { type: 'reset' },
      { type: 'half' },
      { type: 'delay', ms: upTo(300) },
      { type: 'trickle', bytes: 1000, ms: 1 },
    ]);
  return ({ isWatch }) => {
    if (random() >= share) return undefined;
    return isWatch ? onWatch() : onCall();
  };
}

function matches(rule: FaultRule, request: ProxiedRequest): boolean {
  return (
    (rule.method === undefined || rule.method === request.method) &&
    (rule.url === undefined || rule.url.test(request.url)) &&
    (rule.watch === undefined || rule.watch === request.isWatch)
  );
}

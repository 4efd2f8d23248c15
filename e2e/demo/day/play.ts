/** Plays the day: starts the clients, follows cluster and load, and keeps the story for whoever shows it. */
import { labels } from '../../../operator/src/api/v1alpha1/labels.js';
import type { Clock } from '../../../operator/src/runtime/clock.js';
import type { DemoCluster } from '../clusters.js';
import { fleetNamespace } from '../steps.js';
import { playSeconds } from './curve.js';
import { followLines } from './follow.js';
import { capacity, clientsName, dayFleetName, dayPoolName } from './manifests.js';
import { readEventLine, readLoadLine, readPodLine, readPoolLine, readResultLine, type LoadFigures } from './news.js';
import { startClients, stopClients, uidOfPool } from './stage.js';
import { beginStory, hasShrunk, tell, type News, type Story } from './story.js';

/** After the day the load of the night goes on until the first server has left, for no longer than this. */
const mostSecondsAfter = 80;
const maxSeconds = playSeconds + mostSecondsAfter;
/** The clients wait 5 s for an answer, over TCP twice. */
const lastAnswersMs = 30_000;

export interface Play {
  readonly cluster: DemoCluster;
  readonly clock: Clock;
  /** The address of the fleet. */
  readonly address: string;
  readonly rates: readonly number[];
  /** Is called with each change. */
  readonly show: (story: Story) => void;
}

/** What was seen, and what the clients say of it. */
export interface Recording {
  readonly story: Story;
  readonly result: LoadFigures;
}

/**
 * Plays the day once. Whatever happens, no client asks any more when it returns.
 * @throws Error when cluster or clients cannot be followed; the signal's reason when it aborts
 */
export async function playDay({ cluster, clock, address, rates, show }: Play, signal: AbortSignal): Promise<Recording> {
  const poolUid = await uidOfPool(cluster);
  const ending = new AbortController();
  const until = AbortSignal.any([signal, ending.signal]);
  let finish = (): void => undefined;
  const over = new Promise<void>((resolve) => (finish = resolve));
  let story = beginStory(capacity);
  let isOver = false;
  let result: LoadFigures | undefined;
  /** What the clients said last that is no figure: the error of a load that ends too early. */
  let words: readonly string[] = [];
  /** The start of the load by our clock; undefined before it. */
  let startMs: number | undefined;

  const hear = (news: News | undefined): void => {
    // While the clients wait for their last answers, the load is none of the day.
    if (!news || isOver) return;
    if (news.type === 'Load') startMs ??= clock.monotonic() - news.second * 1000;
    story = tell(story, news, startMs === undefined ? 0 : (clock.monotonic() - startMs) / 1000);
    show(story);
    if (story.second >= maxSeconds || (story.second >= playSeconds && hasShrunk(story))) {
      isOver = true;
      finish();
    }
  };
  const watch = (args: readonly string[], read: (line: string) => News | undefined): Promise<void> =>
    followLines(cluster.kubectlCommand([...watchOf(args)]), (line) => hear(read(line)), until);
  const watches = [
    watch(['pods', '--selector', `${labels.pool}=${dayPoolName},${labels.fleet}=${dayFleetName}`], readPodLine),
    watch(['dnspools', '--field-selector', `metadata.name=${dayPoolName}`], readPoolLine),
    // By uid: events outlive the fleet of an earlier day.
    watch(['events', '--field-selector', `involvedObject.uid=${poolUid}`], readEventLine),
  ];
  const broken = Promise.race(watches.map(neverEnds));
  // It is looked at when the clients are there.
  broken.catch(() => undefined);
  try {
    await startClients(cluster, { address, rates, maxSeconds });
    const clients = followLines(
      cluster.kubectlCommand(['-n', fleetNamespace, 'logs', '--follow', clientsName, '--container', 'load']),
      (line) => {
        if (!line.startsWith('{')) words = [...words.slice(-9), line];
        result ??= readResultLine(line);
        if (!result) hear(readLoadLine(line));
      },
      until,
    );
    await Promise.race([over, clients, aborted(signal), broken]);
    await stopClients(cluster);
    await Promise.race([clients, clock.sleep(lastAnswersMs, until)]);
  } finally {
    ending.abort();
    await stopClients(cluster);
    await Promise.allSettled(watches);
  }
  signal.throwIfAborted();
  if (!result) throw new Error(`playing the day: the clients told no result; their last words:\n${words.join('\n')}`);
  return { story, result };
}

/** One object a line, from what is there on. */
const watchOf = ([what = '', ...options]: readonly string[]): readonly string[] => [
  ...['-n', fleetNamespace, 'get', what, ...options],
  // Ends by itself, should nobody be left to end it.
  ...['--watch', '--output-watch-events', '-o', 'jsonpath={@}{"\\n"}', `--request-timeout=${maxSeconds + 300}s`],
];

async function neverEnds(watch: Promise<void>): Promise<never> {
  await watch;
  throw new Error('playing the day: a watch of the cluster has ended');
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}

/**
 * What the play of a day has seen so far, and how each piece of news changes it. Pure: who watches the cluster and the
 * load hands the news in with the second at which it came, and panel and picture are made of the result.
 */
import { utilization } from '../../../operator/src/planning/utilization.js';

/** In the order in which a server goes through them. */
export type ServerState = 'starting' | 'serving' | 'draining';

/** What the fleet was told of itself. */
export interface Capacity {
  readonly capacityQps: number;
  readonly redundancy: number;
}

export interface Counts {
  readonly sent: number;
  readonly answered: number;
  readonly lost: number;
  readonly wrong: number;
}

/** A server came into being or changed, or went. */
export interface ServerNews {
  readonly type: 'Server';
  readonly name: string;
  /** Absent when it is gone. */
  readonly state?: ServerState;
}

/** What the status of the pool says of its scaling. */
export interface PoolNews {
  readonly type: 'Pool';
  readonly reason: string;
  readonly message: string;
  /** Of the last change of the number of servers; both absent before the first. */
  readonly lastScaleTime?: string | undefined;
  readonly lastScale?: string | undefined;
}

/** How the drain of a server ended. */
export interface DrainNews {
  readonly type: 'Drain';
  readonly isProven: boolean;
  readonly message: string;
}

/** The accounts of the load, at a second of the play by the clock of the load itself. */
export interface LoadNews {
  readonly type: 'Load';
  readonly second: number;
  readonly total: Counts;
}

export type News = ServerNews | PoolNews | DrainNews | LoadNews;

/** The fleet in one moment. */
export interface Sample {
  readonly second: number;
  readonly queriesPerSecond: number;
  readonly servers: Readonly<Record<ServerState, number>>;
  /** What the serving servers carry beside the spare ones, in queries per second. */
  readonly carried: number;
  /** In percent of `carried`; absent when the spare ones are all there are. */
  readonly utilizationPercent?: number;
}

/** Something that happened to the number of servers. */
export interface Happening {
  readonly second: number;
  readonly type: 'Grow' | 'Shrink' | 'Drained' | 'Unproven';
  /** One word for why, of a change of the number. */
  readonly reason: string;
  readonly message: string;
  /** From how many servers to how many. */
  readonly change?: readonly [number, number];
}

export interface Story {
  readonly capacity: Capacity;
  readonly second: number;
  readonly servers: ReadonlyMap<string, ServerState>;
  readonly counts: Counts;
  readonly samples: readonly Sample[];
  readonly happenings: readonly Happening[];
  /** What the autoscaler says now. */
  readonly verdict: string;
  readonly lastScaleTime: string | undefined;
}

/** @param lastScaleTime of a change before the play, which is no part of it */
export function beginStory(capacity: Capacity, lastScaleTime?: string): Story {
  return {
    capacity,
    second: 0,
    servers: new Map(),
    counts: { sent: 0, answered: 0, lost: 0, wrong: 0 },
    samples: [],
    happenings: [],
    verdict: '',
    lastScaleTime,
  };
}

/** The story with one piece of news, which came at `second` of the play. */
export function tell(story: Story, news: News, second: number): Story {
  switch (news.type) {
    case 'Server': {
      const servers = new Map(story.servers);
      if (news.state === undefined) servers.delete(news.name);
      else servers.set(news.name, news.state);
      return { ...story, servers };
    }
    case 'Pool':
      return tellPool(story, news, second);
    case 'Drain': {
      const type = news.isProven ? 'Drained' : 'Unproven';
      const happening: Happening = { second, type, reason: '', message: news.message };
      return { ...story, happenings: [...story.happenings, happening] };
    }
    case 'Load':
      return tellLoad(story, news);
  }
}

function tellPool(story: Story, { reason, message, lastScaleTime, lastScale }: PoolNews, second: number): Story {
  const told = { ...story, verdict: `${reason}: ${message}` };
  if (lastScaleTime === undefined || lastScaleTime === story.lastScaleTime) return told;
  const [, why = '', words = '', from, to] = /^(\w+): (From (\d+) to (\d+) servers.*)$/.exec(lastScale ?? '') ?? [];
  const change = [Number(from), Number(to)] as const;
  // A time that is corrected by a second is no change of its own.
  if (from === undefined || story.happenings.some((each) => each.message === words)) return { ...told, lastScaleTime };
  const type = change[1] > change[0] ? 'Grow' : 'Shrink';
  const happening: Happening = { second, type, reason: why, message: words, change };
  return { ...told, lastScaleTime, happenings: [...story.happenings, happening] };
}

function tellLoad(story: Story, { second, total }: LoadNews): Story {
  const elapsed = second - story.second;
  if (elapsed <= 0) return story;
  const queriesPerSecond = Math.round((total.sent - story.counts.sent) / elapsed);
  const samples = [...story.samples, takeSample(story, second, queriesPerSecond)];
  return { ...story, second, counts: total, samples };
}

function takeSample({ servers: present, capacity }: Story, second: number, queriesPerSecond: number): Sample {
  const servers = { starting: 0, serving: 0, draining: 0 };
  for (const state of present.values()) servers[state] += 1;
  const { capacityQps, redundancy } = capacity;
  const share = utilization({ queriesPerSecond, serving: servers.serving, ...capacity });
  return {
    second,
    queriesPerSecond,
    servers,
    carried: Math.max(0, servers.serving - redundancy) * capacityQps,
    ...(Number.isFinite(share) && { utilizationPercent: Math.round(100 * share) }),
  };
}

/** Whether a server was given up, what came of its drain is known, and it is gone. */
export function hasShrunk({ happenings, servers }: Story): boolean {
  const isTold = happenings.some(({ type }) => type === 'Drained' || type === 'Unproven');
  return isTold && ![...servers.values()].includes('draining');
}

/**
 * The accounts of a load: what was sent, answered and lost, by kind, transport, phase and second. Pure bookkeeping with
 * the time handed in. A query is lost when nothing answered it: over UDP within the time-out, over TCP on a second
 * connection neither. `answered + lost = sent` holds at the end of every run.
 */
import { Histogram } from './histogram.js';
import type { Percentiles } from './histogram.js';

import type { Fault, Kind } from './queries.js';

/** How a query travels. */
export type Transport = 'udp' | 'tcp';

/** One query as the ledger knows it. */
export interface Entry {
  readonly kind: Kind;
  readonly transport: Transport;
  /** The kind of client that asked. */
  readonly client: string;
  readonly name: string;
  /** To whom it was sent, for the list of losses. */
  readonly target: string;
  /** When it was due by the schedule; latency counts from here, so that a late generator does not flatter a server. */
  readonly dueMs: number;
}

/** Counts of queries. `wrong` ones were answered, but not with the right answer. */
export interface Tally {
  readonly sent: number;
  readonly answered: number;
  readonly lost: number;
  readonly wrong: number;
}

/** What was sent in some time. */
export interface Span extends Tally {
  /** Answered, but later than `delayedAfterMs` after they were due; names that are slow at the upstream always are. */
  readonly delayed: number;
}

/** The time between two marks. A query belongs to the phase in which it was due. */
export interface Phase extends Span {
  readonly name: string;
  readonly startSecond: number;
  /** Lost queries of earlier phases that were still waiting when this phase began: what its action may have cost. */
  readonly lostInFlightAtStart: number;
  readonly tcpRetries: number;
}

/** The accounts of one kind of client, by the transport on which its queries began. */
export interface ClientAccounts extends Readonly<Record<Transport, Tally>> {
  readonly tcpRetries: number;
  /** Queries over UDP that went on over TCP, because the answer was truncated. */
  readonly truncated: number;
}

/** TCP connections of a kind of client. */
export interface ClientConnections {
  readonly opened: number;
  /** Ended by the other side with an error, a reset as a rule. */
  readonly reset: number;
  /** Ended by the other side, in whatever way, while queries waited for their answers. */
  readonly cutOff: number;
}

/** One lost query. */
export interface Loss {
  readonly name: string;
  readonly client: string;
  readonly transport: Transport;
  readonly target: string;
  /** Seconds from the start of the run at which the query was due. */
  readonly atSecond: number;
  readonly phase: string;
}

/** The accounts at one moment. */
export interface Accounts {
  readonly total: Tally;
  readonly byKind: Readonly<Record<Kind, Tally>>;
  readonly byTransport: Readonly<Record<Transport, Tally>>;
  readonly byClient: Readonly<Record<string, ClientAccounts>>;
  readonly phases: readonly Phase[];
  /** One entry a second, by the second in which the queries were due. */
  readonly timeline: readonly Span[];
  readonly rcodes: Readonly<Record<string, number>>;
  readonly faults: Readonly<Partial<Record<Fault, number>>>;
  readonly latencyMs: Readonly<Record<Kind, Percentiles>>;
  readonly tcpRetries: number;
  /** Answers that came after their query had been given up. */
  readonly lateAnswers: number;
  /** Answers to nothing that was asked on that socket. */
  readonly strayAnswers: number;
  /** The first losses, at most `lossesListed`. */
  readonly losses: readonly Loss[];
}

/** What a client takes for slow: well above one question to an upstream nearby, well below its own patience. */
export const delayedAfterMs = 100;
/** How many losses are listed one by one. */
export const lossesListed = 200;

type Counts = { -readonly [Key in keyof Tally]: number };
type SpanCounts = { -readonly [Key in keyof Span]: number };
type ClientCounts = Record<Transport, Counts> & { tcpRetries: number; truncated: number };
type PhaseCounts = { -readonly [Key in keyof Phase]: Phase[Key] };

/** Keeps the accounts of one run. */
export class Ledger {
  readonly #startMs: number;
  readonly #total = newCounts();
  readonly #byKind: Record<Kind, Counts> = { cached: newCounts(), miss: newCounts(), slow: newCounts() };
  readonly #byTransport: Record<Transport, Counts> = { udp: newCounts(), tcp: newCounts() };
  readonly #byClient = new Map<string, ClientCounts>();
  readonly #phases: { readonly startMs: number; readonly counts: PhaseCounts }[] = [];
  readonly #timeline: SpanCounts[] = [];
  readonly #rcodes = new Map<string, number>();
  readonly #faults = new Map<Fault, number>();
  readonly #latency: Record<Kind, Histogram> = {
    cached: new Histogram(),
    miss: new Histogram(),
    slow: new Histogram(),
  };
  readonly #losses: Loss[] = [];
  #tcpRetries = 0;
  #lateAnswers = 0;
  #strayAnswers = 0;

  /** @param startMs the time of second 0, where the first phase, `start`, begins */
  constructor(startMs: number) {
    this.#startMs = startMs;
    this.mark('start', startMs);
  }

  /** Begins a phase. Marks come in the order of time. */
  mark(name: string, nowMs: number): void {
    const counts = {
      name,
      startSecond: round(nowMs - this.#startMs),
      ...newSpan(),
      lostInFlightAtStart: 0,
      tcpRetries: 0,
    };
    this.#phases.push({ startMs: nowMs, counts });
  }

  sent(entry: Entry): void {
    for (const counts of this.#countsOf(entry)) counts.sent += 1;
  }

  /** A query was answered, rightly or, if `fault` is given, wrongly. An answer ends the query either way. */
  answered(
    entry: Entry,
    nowMs: number,
    { rcode, fault }: { readonly rcode: string; readonly fault?: Fault | undefined },
  ): void {
    for (const counts of this.#countsOf(entry)) {
      counts.answered += 1;
      if (fault) counts.wrong += 1;
    }
    if (fault) increment(this.#faults, fault);
    increment(this.#rcodes, rcode);
    const latencyMs = nowMs - entry.dueMs;
    this.#latency[entry.kind].add(latencyMs);
    if (latencyMs > delayedAfterMs) for (const span of this.#spansOf(entry)) span.delayed += 1;
  }

  /** A query was given up at `nowMs`. */
  lost(entry: Entry, nowMs: number): void {
    for (const counts of this.#countsOf(entry)) counts.lost += 1;
    for (const { startMs, counts } of this.#phases) {
      if (startMs > entry.dueMs && startMs <= nowMs) counts.lostInFlightAtStart += 1;
    }
    if (this.#losses.length >= lossesListed) return;
    const { name, client, transport, target } = entry;
    const phase = this.#phaseOf(entry)?.name ?? '';
    this.#losses.push({ name, client, transport, target, atSecond: round(entry.dueMs - this.#startMs), phase });
  }

  /** A message with the id of a query asked something else; the query goes on waiting, as a resolver's would. */
  mismatched(): void {
    increment(this.#faults, 'question');
  }

  tcpRetried(entry: Entry): void {
    this.#tcpRetries += 1;
    this.#clientOf(entry).tcpRetries += 1;
    const phase = this.#phaseOf(entry);
    if (phase) phase.tcpRetries += 1;
  }

  /** A query over UDP goes on over TCP; it is still one query, and one over UDP. */
  truncated(entry: Entry): void {
    this.#clientOf(entry).truncated += 1;
  }

  lateAnswer(): void {
    this.#lateAnswers += 1;
  }

  strayAnswer(): void {
    this.#strayAnswers += 1;
  }

  /** The accounts now; queries that still wait are in `sent` alone. */
  accounts(): Accounts {
    return {
      total: { ...this.#total },
      byKind: { cached: { ...this.#byKind.cached }, miss: { ...this.#byKind.miss }, slow: { ...this.#byKind.slow } },
      byTransport: { udp: { ...this.#byTransport.udp }, tcp: { ...this.#byTransport.tcp } },
      byClient: Object.fromEntries([...this.#byClient].map(([client, counts]) => [client, structuredClone(counts)])),
      phases: this.#phases.map(({ counts }) => ({ ...counts })),
      timeline: this.#timeline.map((counts) => ({ ...counts })),
      rcodes: Object.fromEntries(this.#rcodes),
      faults: Object.fromEntries(this.#faults),
      latencyMs: {
        cached: this.#latency.cached.percentiles(),
        miss: this.#latency.miss.percentiles(),
        slow: this.#latency.slow.percentiles(),
      },
      tcpRetries: this.#tcpRetries,
      lateAnswers: this.#lateAnswers,
      strayAnswers: this.#strayAnswers,
      losses: [...this.#losses],
    };
  }

  #countsOf(entry: Entry): readonly Counts[] {
    const { kind, transport } = entry;
    const counts = [this.#total, this.#byKind[kind], this.#byTransport[transport], this.#clientOf(entry)[transport]];
    return [...counts, ...this.#spansOf(entry)];
  }

  #clientOf({ client }: Entry): ClientCounts {
    const known = this.#byClient.get(client) ?? newClientAccounts();
    this.#byClient.set(client, known);
    return known;
  }

  #spansOf(entry: Entry): readonly SpanCounts[] {
    const phase = this.#phaseOf(entry);
    return phase ? [this.#secondOf(entry), phase] : [this.#secondOf(entry)];
  }

  #phaseOf(entry: Entry): PhaseCounts | undefined {
    return this.#phases.findLast(({ startMs }) => startMs <= entry.dueMs)?.counts;
  }

  #secondOf(entry: Entry): SpanCounts {
    const second = Math.max(0, Math.floor((entry.dueMs - this.#startMs) / 1000));
    while (this.#timeline.length < second) this.#timeline.push(newSpan());
    return (this.#timeline[second] ??= newSpan());
  }
}

/** The accounts of a kind of client that has asked nothing. */
export function newClientAccounts(): ClientCounts {
  return { udp: newCounts(), tcp: newCounts(), tcpRetries: 0, truncated: 0 };
}

function newCounts(): Counts {
  return { sent: 0, answered: 0, lost: 0, wrong: 0 };
}

function newSpan(): SpanCounts {
  return { ...newCounts(), delayed: 0 };
}

function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Milliseconds as seconds with two digits. */
function round(ms: number): number {
  return Math.round(ms / 10) / 100;
}

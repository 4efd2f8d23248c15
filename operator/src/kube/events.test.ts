/** Events: a repetition is counted and not written, a flood is bounded, and nothing of it ever holds up who records. */
import { describe, expect, test } from '@jest/globals';
import { FakeClock, settle } from '../../test/fake-clock.js';
import { memoryLogger } from '../../test/memory-logger.js';
import { KubeError } from './errors.js';
import { EventRecorder, type EventInput } from './events.js';
import { isRecord } from './object.js';

interface Write {
  readonly verb: 'create' | 'patch';
  readonly key: string;
  readonly body: Readonly<Record<string, unknown>>;
}

function makeRecorder() {
  const clock = new FakeClock();
  const logger = memoryLogger();
  const writes: Write[] = [];
  /** Thrown by the next writes, one each. */
  const failures: KubeError[] = [];
  let isHanging = false;
  const write = async <T>(entry: Write, signal: AbortSignal | undefined, answer: () => T): Promise<T> => {
    if (isHanging) await clock.sleep(3_600_000, signal);
    const failure = failures.shift();
    if (failure) throw failure;
    writes.push(entry);
    return answer();
  };
  const metadata = { name: 'a', uid: '1', resourceVersion: '1' };
  const recorder = new EventRecorder({
    client: {
      create: (resource, object, { signal }) => {
        const key = `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`;
        return write({ verb: 'create', key, body: { ...object } }, signal, () => resource.parse({ metadata }));
      },
      patch: (resource, { key, patch }, { signal }) =>
        write({ verb: 'patch', key, body: patch }, signal, () => resource.parse({ metadata })),
    },
    clock,
    random: () => 0.5,
    logger,
    controller: 'dnsfleet.dev/test',
    instance: 'pod-1',
  });
  const stop = new AbortController();
  return { clock, logger, writes, failures, recorder, stop, hang: () => (isHanging = true) };
}

const input = (parts: Partial<EventInput> = {}): EventInput => ({
  regarding: { apiVersion: 'v1', kind: 'Pod', namespace: 'dns', name: 'a', uid: 'uid-a' },
  type: 'Warning',
  reason: 'BelowFloor',
  action: 'Observe',
  note: '1 of 3 servers answer',
  ...parts,
});

const countOf = ({ body }: Write): unknown => (isRecord(body['series']) ? body['series']['count'] : undefined);

describe('an event', () => {
  test('is written once, with all that the API server wants', async () => {
    const { recorder, stop, writes } = makeRecorder();
    const ended = recorder.run(stop.signal);
    recorder.record(input({ note: 'x'.repeat(2000) }));
    await settle();
    expect(writes).toHaveLength(1);
    expect(writes[0]?.key).toMatch(/^dns\/a\.[0-9a-f]+$/);
    expect(writes[0]?.body).toMatchObject({
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'dnsfleet.dev/test',
      reportingInstance: 'pod-1',
      regarding: { kind: 'Pod', uid: 'uid-a' },
      type: 'Warning',
      reason: 'BelowFloor',
      action: 'Observe',
      note: 'x'.repeat(1024),
      series: undefined,
    });
    stop.abort();
    await ended;
  });

  test('about an object of no namespace goes to the default one', async () => {
    const { recorder, writes } = makeRecorder();
    const { regarding } = input();
    recorder.record(input({ regarding: { ...regarding, namespace: undefined } }));
    await recorder.flush(1000);
    expect(writes[0]?.key).toMatch(/^default\//);
  });
});

describe('a repetition', () => {
  test('counts up the first event, once a minute', async () => {
    const { clock, recorder, stop, writes } = makeRecorder();
    void recorder.run(stop.signal);
    for (let second = 0; second < 150; second += 1) {
      recorder.record(input());
      await clock.advance(1000);
    }
    expect(writes.map(({ verb }) => verb)).toEqual(['create', 'patch', 'patch']);
    expect(writes.map(countOf)).toEqual([undefined, 60, 120]);
    expect(new Set(writes.map(({ key }) => key)).size).toBe(1);
    stop.abort();
  });

  test('before the first was written goes out with it', async () => {
    const { recorder, writes } = makeRecorder();
    for (let at = 0; at < 5; at += 1) recorder.record(input());
    await recorder.flush(1000);
    expect(writes.map(countOf)).toEqual([5]);
  });

  test.each<[string, Partial<EventInput>]>([
    ['another reason', { reason: 'Other' }],
    ['another type', { type: 'Normal' }],
    ['another key', { key: 'eu-2' }],
    ['other words', { note: '2 of 3 servers answer' }],
    ['another object', { regarding: { ...input().regarding, uid: 'uid-b' } }],
  ])('with %s is none', async (_, parts) => {
    const { recorder, writes } = makeRecorder();
    recorder.record(input());
    recorder.record(input(parts));
    await recorder.flush(1000);
    expect(writes.map(({ verb }) => verb)).toEqual(['create', 'create']);
  });

  test('after a quarter of an hour of silence is news', async () => {
    const { clock, recorder, writes } = makeRecorder();
    recorder.record(input());
    await clock.advance(15 * 60_000);
    recorder.record(input());
    await recorder.flush(1000);
    expect(writes.map(({ verb }) => verb)).toEqual(['create', 'create']);
  });

  test('of an event that has expired on the API server makes a new one', async () => {
    const { clock, recorder, stop, writes, failures } = makeRecorder();
    void recorder.run(stop.signal);
    recorder.record(input());
    await clock.advance(120_000);
    failures.push(new KubeError('NotFound', 'gone'));
    recorder.record(input());
    await clock.advance(5000);
    expect(writes.map(({ verb }) => verb)).toEqual(['create', 'create']);
    expect(writes.map(countOf)).toEqual([undefined, 2]);
    stop.abort();
  });
});

describe('a failure', () => {
  test.each(['Unavailable', 'Throttled', 'Timeout'] as const)('%s is tried again, three times in all', async (code) => {
    const { clock, recorder, stop, writes, failures, logger } = makeRecorder();
    void recorder.run(stop.signal);
    failures.push(new KubeError(code, 'no'), new KubeError(code, 'no'));
    recorder.record(input());
    await clock.advance(60_000);
    expect(writes).toHaveLength(1);
    failures.push(...Array.from({ length: 3 }, () => new KubeError(code, 'no')));
    recorder.record(input({ key: 'second' }));
    recorder.record(input({ key: 'third' }));
    await clock.advance(60_000);
    expect(logger.lines.filter(({ message }) => message === 'An event was lost')).toHaveLength(1);
    expect(writes).toHaveLength(2);
    stop.abort();
  });

  test('that trying again does not mend loses the event and nothing else', async () => {
    const { recorder, writes, failures, logger } = makeRecorder();
    failures.push(new KubeError('Forbidden', 'no'));
    recorder.record(input());
    recorder.record(input({ key: 'second' }));
    await recorder.flush(1000);
    expect(writes).toHaveLength(1);
    expect(logger.lines.map(({ message }) => message)).toEqual(['An event was lost']);
  });
});

describe('a flood', () => {
  test('is dropped beyond 500 that wait, with a line for each hundred', async () => {
    const { recorder, writes, logger } = makeRecorder();
    for (let at = 0; at < 750; at += 1) recorder.record(input({ key: String(at) }));
    expect(logger.lines.map(({ fields }) => fields['events'])).toEqual([1, 101, 201]);
    await recorder.flush(60_000);
    expect(writes.length).toBeGreaterThanOrEqual(500);
  });

  test('of more than 2000 kinds forgets the oldest, whose repetition is then a new event', async () => {
    const { clock, recorder, stop, writes } = makeRecorder();
    void recorder.run(stop.signal);
    for (let at = 0; at <= 2000; at += 1) {
      recorder.record(input({ key: String(at) }));
      if (at % 400 === 0) await settle();
    }
    await settle();
    recorder.record(input({ key: '0' }));
    recorder.record(input({ key: '2000' }));
    await clock.advance(60_000);
    expect(writes.slice(-2).map(({ verb }) => verb)).toEqual(['create', 'patch']);
    stop.abort();
  });
});

describe('at shutdown', () => {
  test('all that waits is written, series that were not yet counted up too', async () => {
    const { clock, recorder, stop, writes } = makeRecorder();
    const ended = recorder.run(stop.signal);
    recorder.record(input());
    await settle();
    await clock.advance(1000);
    recorder.record(input());
    recorder.record(input({ key: 'second' }));
    stop.abort();
    await ended;
    await recorder.flush(1000);
    expect(writes.map(({ verb }) => verb).sort()).toEqual(['create', 'create', 'patch']);
    expect(writes.map(countOf)).toContain(2);
  });

  test('an API server that does not answer is not waited for', async () => {
    const { clock, recorder, hang, logger } = makeRecorder();
    hang();
    recorder.record(input());
    recorder.record(input({ key: 'second' }));
    const flushed = recorder.flush(2000);
    await clock.advance(2000);
    await flushed;
    expect(logger.lines.at(-1)?.message).toBe('Events were lost at shutdown');
  });
});

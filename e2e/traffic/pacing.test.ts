import { describe, expect, test } from '@jest/globals';
import { Histogram } from './histogram.js';
import { Pacer } from './pacer.js';
import { objections } from './verdict.js';
import type { GeneratorFigures } from './verdict.js';
import { WaitingList } from './waiting.js';
import type { Waiter } from './waiting.js';

function take(pacer: Pacer, nowMs: number): readonly number[] {
  const due: number[] = [];
  for (let next = pacer.next(nowMs); next !== undefined; next = pacer.next(nowMs)) due.push(next);
  return due;
}

describe('the pacer', () => {
  test('hands out what is due, and after a pause all that was missed with its own due times', () => {
    const pacer = new Pacer({ startMs: 1000, queriesPerSecond: 100, maxQueries: 1000 });
    expect(take(pacer, 999)).toEqual([]);
    expect(take(pacer, 1000)).toEqual([1000]);
    expect(take(pacer, 1020)).toEqual([1010, 1020]);
    expect(take(pacer, 1520)).toHaveLength(50);
  });

  test('ends after the number of queries agreed', () => {
    const pacer = new Pacer({ startMs: 0, queriesPerSecond: 1000, maxQueries: 3 });
    expect(take(pacer, 10_000)).toEqual([0, 1, 2]);
    expect(pacer.finished).toBe(true);
  });

  test('goes on at another rate without a gap or a burst', () => {
    const pacer = new Pacer({ startMs: 0, queriesPerSecond: 100, maxQueries: 1000 });
    expect(take(pacer, 24)).toEqual([0, 10, 20]);
    pacer.change({ startMs: 25, queriesPerSecond: 1000, maxQueries: 3 });
    expect(take(pacer, 100)).toEqual([26, 27, 28]);
    expect(pacer.finished).toBe(true);
  });

  test('keeps the time of a query that was due before the rate changed', () => {
    const pacer = new Pacer({ startMs: 0, queriesPerSecond: 100, maxQueries: 1000 });
    expect(take(pacer, 0)).toEqual([0]);
    pacer.change({ startMs: 35, queriesPerSecond: 50, maxQueries: 2 });
    expect(take(pacer, 100)).toEqual([10, 30]);
  });
});

describe('the waiting list', () => {
  const waiter = (): Waiter => ({ deadlineMs: 0 });

  test('gives up after the deadline, once the sockets were read empty', () => {
    const list = new WaitingList(5000);
    const [first, second] = [waiter(), waiter()];
    list.add(first, 0);
    list.add(second, 10);
    expect(list.expire(4999)).toEqual([]);
    expect(list.expire(5000)).toEqual([first]);
    expect(list.end(first, 5001)).toBe(false);
    expect(list.end(second, 5001)).toBe(true);
    expect(list.size).toBe(0);
    expect(list.maxGraceMs).toBe(0);
  });

  test('counts an answer found before the sockets were read empty, and says by how much it may have been late', () => {
    const list = new WaitingList(5000);
    const stalled = waiter();
    list.add(stalled, 0);
    expect(list.end(stalled, 5700)).toBe(true);
    expect(list.maxGraceMs).toBe(700);
  });

  test('a second wait starts anew', () => {
    const list = new WaitingList(5000);
    const [again, other] = [waiter(), waiter()];
    list.add(again, 0);
    list.add(other, 1);
    list.add(again, 4000);
    expect(list.expire(5001)).toEqual([other]);
    expect(list.expire(9000)).toEqual([again]);
  });
});

describe('the verdict', () => {
  const good: GeneratorFigures = {
    lateMs: 12,
    maxLagMs: 30,
    maxGraceMs: 0,
    socketDrops: 0,
    sendErrors: { EPERM: 3 },
    cpuPercent: 9,
  };

  test('believes a generator that kept up, whatever the network refused', () => {
    expect(objections(good)).toEqual([]);
  });

  test.each([
    [{ lateMs: 1500 }, 'queries were sent up to 1500 ms late'],
    [{ maxGraceMs: 200 }, 'answers were read up to 200 ms after their deadline'],
    [{ socketDrops: 4 }, 'the kernel dropped 4 answers'],
    [{ sendErrors: { ENOBUFS: 2 } }, '2 sends failed with ENOBUFS'],
  ])('refuses the figures of one with %j', (change, reason) => {
    expect(objections({ ...good, ...change })).toEqual([expect.stringContaining(reason)]);
  });
});

test('percentiles are exact to a tenth of a millisecond, and the maximum altogether', () => {
  const histogram = new Histogram();
  for (let ms = 1; ms <= 1000; ms += 1) histogram.add(ms - 0.05);
  histogram.add(20_000);
  expect(histogram.percentiles()).toEqual({ p50: 501, p90: 901, p99: 991, p999: 1000, max: 20_000 });
  expect(new Histogram().percentiles().p99).toBe(0);
});

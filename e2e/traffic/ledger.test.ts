import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { delayedAfterMs, Ledger, lossesListed } from './ledger.js';
import type { Entry } from './ledger.js';

const startMs = 50_000;

function entry(atSecond: number, change: Partial<Entry> = {}): Entry {
  return {
    kind: 'cached',
    transport: 'udp',
    client: 'client',
    name: 'a.load.test',
    target: '192.0.2.1:53',
    dueMs: startMs + atSecond * 1000,
    ...change,
  };
}

describe('the ledger', () => {
  test('counts by kind, transport and second', () => {
    const ledger = new Ledger(startMs);
    const [hit, slow, lost] = [entry(0.5), entry(2.2, { kind: 'slow', transport: 'tcp' }), entry(2.9)];
    for (const each of [hit, slow, lost]) ledger.sent(each);
    ledger.answered(hit, startMs + 502, { rcode: 'NOERROR' });
    ledger.answered(slow, startMs + 5200, { rcode: 'SERVFAIL', fault: 'rcode' });
    ledger.lost(lost, startMs + 7900);
    const accounts = ledger.accounts();
    expect(accounts.total).toEqual({ sent: 3, answered: 2, lost: 1, wrong: 1 });
    expect(accounts.byKind).toMatchObject({
      cached: { sent: 2, answered: 1, lost: 1 },
      slow: { answered: 1, wrong: 1 },
    });
    expect(accounts.byTransport).toMatchObject({ udp: { sent: 2, lost: 1 }, tcp: { sent: 1, lost: 0 } });
    expect(accounts.timeline).toEqual([
      { sent: 1, answered: 1, lost: 0, wrong: 0, delayed: 0 },
      { sent: 0, answered: 0, lost: 0, wrong: 0, delayed: 0 },
      { sent: 2, answered: 1, lost: 1, wrong: 1, delayed: 1 },
    ]);
    expect(accounts.rcodes).toEqual({ NOERROR: 1, SERVFAIL: 1 });
    expect(accounts.faults).toEqual({ rcode: 1 });
    expect(accounts.latencyMs.slow.max).toBe(3000);
    expect(accounts.latencyMs.cached.p50).toBeCloseTo(2.1);
  });

  test('blames a phase for what was sent in it, and tells what waited when it began', () => {
    const ledger = new Ledger(startMs);
    const [before, waiting, during] = [entry(1), entry(9), entry(11)];
    for (const each of [before, waiting]) ledger.sent(each);
    ledger.lost(before, startMs + 6000);
    ledger.mark('delete a pod', startMs + 10_000);
    ledger.sent(during);
    ledger.tcpRetried(during);
    ledger.lost(waiting, startMs + 14_000);
    ledger.mark('after', startMs + 15_000);
    ledger.lost(during, startMs + 16_000);
    expect(ledger.accounts().phases).toEqual([
      {
        name: 'start',
        startSecond: 0,
        sent: 2,
        answered: 0,
        lost: 2,
        wrong: 0,
        delayed: 0,
        lostInFlightAtStart: 0,
        tcpRetries: 0,
      },
      {
        name: 'delete a pod',
        startSecond: 10,
        sent: 1,
        answered: 0,
        lost: 1,
        wrong: 0,
        delayed: 0,
        lostInFlightAtStart: 1,
        tcpRetries: 1,
      },
      {
        name: 'after',
        startSecond: 15,
        sent: 0,
        answered: 0,
        lost: 0,
        wrong: 0,
        delayed: 0,
        lostInFlightAtStart: 1,
        tcpRetries: 0,
      },
    ]);
    expect(ledger.accounts().losses).toMatchObject([
      { atSecond: 1, phase: 'start' },
      { atSecond: 9, phase: 'start' },
      { atSecond: 11, phase: 'delete a pod' },
    ]);
  });

  test('counts an answer as delayed in the phase in which it was due', () => {
    const ledger = new Ledger(startMs);
    const [inTime, late] = [entry(1), entry(1)];
    ledger.mark('after', startMs + 1050);
    for (const each of [inTime, late]) ledger.sent(each);
    ledger.answered(inTime, inTime.dueMs + delayedAfterMs, { rcode: 'NOERROR' });
    ledger.answered(late, late.dueMs + delayedAfterMs + 1, { rcode: 'NOERROR' });
    const { phases, timeline } = ledger.accounts();
    expect(phases).toMatchObject([{ delayed: 1 }, { delayed: 0 }]);
    expect(timeline).toMatchObject([{ delayed: 0 }, { delayed: 1 }]);
  });

  test('lists a bounded number of losses and counts them all', () => {
    const ledger = new Ledger(startMs);
    for (let index = 0; index < lossesListed + 50; index += 1) {
      ledger.sent(entry(0));
      ledger.lost(entry(0), startMs + 5000);
    }
    expect(ledger.accounts().losses).toHaveLength(lossesListed);
    expect(ledger.accounts().total.lost).toBe(lossesListed + 50);
  });

  test('every table adds up to the total', () => {
    const step = fc.record({
      atSecond: fc.double({ min: 0, max: 20, noNaN: true }),
      kind: fc.constantFrom('cached', 'miss', 'slow'),
      transport: fc.constantFrom('udp', 'tcp'),
      lost: fc.boolean(),
      wrong: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const ledger = new Ledger(startMs);
        ledger.mark('middle', startMs + 10_000);
        for (const { atSecond, kind, transport, lost, wrong } of steps) {
          const each = entry(atSecond, { kind, transport });
          ledger.sent(each);
          if (lost) ledger.lost(each, each.dueMs + 5000);
          else ledger.answered(each, each.dueMs + 1, { rcode: 'NOERROR', fault: wrong ? 'answer' : undefined });
        }
        const { total, byKind, byTransport, phases, timeline } = ledger.accounts();
        expect(total.sent).toBe(steps.length);
        expect(total.answered + total.lost).toBe(total.sent);
        for (const table of [Object.values(byKind), Object.values(byTransport), phases, timeline]) {
          for (const key of ['sent', 'answered', 'lost', 'wrong'] as const) {
            expect(table.reduce((sum, row) => sum + row[key], 0)).toBe(total[key]);
          }
        }
      }),
    );
  });
});

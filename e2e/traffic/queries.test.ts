import { describe, expect, test } from '@jest/globals';
import dnsPacket from 'dns-packet';
import type { Answer, Packet } from 'dns-packet';
import { addressOf, ruleOf } from './names.js';
import { faultOf, QuerySource, rcodeOf } from './queries.js';
import type { Query } from './queries.js';

/** A small repeatable source of numbers (a linear congruential generator). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 0x100000000;
  };
}

const mix = { zone: 'load.test', cachedNames: 20, missPercent: 10, slowPercent: 5, run: 'r1' };

function draw(count: number): readonly Query[] {
  const source = new QuerySource(mix, seeded(7));
  return Array.from({ length: count }, () => source.next());
}

describe('the queries of a load', () => {
  const queries = draw(10_000);

  test('come in the shares asked for', () => {
    const share = (kind: string) => queries.filter((query) => query.kind === kind).length / queries.length;
    expect(share('slow')).toBeCloseTo(0.05, 1);
    expect(share('miss')).toBeCloseTo(0.1, 1);
    expect(share('cached')).toBeCloseTo(0.85, 1);
  });

  test('repeat the cached names only, and only slow names are slow', () => {
    const names = (kind: string) => queries.filter((query) => query.kind === kind).map((query) => query.name);
    expect(new Set(names('cached')).size).toBe(20);
    expect(new Set(names('miss')).size).toBe(names('miss').length);
    expect(new Set(names('slow')).size).toBe(names('slow').length);
    for (const query of queries) expect(ruleOf(query.name).slow).toBe(query.kind === 'slow');
  });

  test('are whole messages with EDNS whose letters are mixed', () => {
    let mixed = 0;
    for (const query of queries.slice(0, 500)) {
      const packet = dnsPacket.decode(query.message);
      expect(packet.questions?.[0]?.name.toLowerCase()).toBe(query.name);
      expect(packet).toMatchObject({
        type: 'query',
        flag_rd: true,
        additionals: [{ type: 'OPT', udpPayloadSize: 1232 }],
      });
      if (packet.questions?.[0]?.name !== query.name) mixed += 1;
    }
    expect(mixed).toBeGreaterThan(490);
  });
});

describe('an answer', () => {
  const query = draw(1)[0];
  if (!query) throw new Error('no query was drawn');
  const question = dnsPacket.decode(query.message).questions?.[0];
  if (!question) throw new Error('the query has no question');
  const right: Answer = { type: 'A', name: question.name, ttl: 1, data: addressOf(query.name) };

  const answer = (change: Partial<Packet>): Buffer =>
    dnsPacket.encode({ type: 'response', id: 1, questions: [question], answers: [right], ...change });

  test.each([
    ['right', {}, undefined],
    ['right behind an alias', { answers: [{ type: 'CNAME', name: question.name, data: 'b.test' }, right] }, undefined],
    ['to another name', { questions: [{ ...question, name: 'other.load.test' }] }, 'question'],
    ['in another case', { questions: [{ ...question, name: query.name.toUpperCase() }] }, 'question'],
    ['a query', { type: 'query' }, 'question'],
    ['a failure', { flags: 2, answers: [] }, 'rcode'],
    ['truncated', { flags: dnsPacket.TRUNCATED_RESPONSE, answers: [] }, 'truncated'],
    ['empty', { answers: [] }, 'answer'],
    ['a wrong address', { answers: [{ ...right, data: '192.0.2.99' }] }, 'answer'],
  ] as const)('that is %s', (_, change, fault) => {
    expect(faultOf(answer(change as Partial<Packet>), query)).toBe(fault);
  });

  test('that is cut off is wrong, not fatal', () => {
    const whole = answer({});
    expect(faultOf(whole.subarray(0, whole.length - 3), query)).toBe('answer');
    expect(faultOf(whole.subarray(0, 14), query)).toBe('question');
  });

  test('names its response code', () => {
    expect([rcodeOf(answer({})), rcodeOf(answer({ flags: 5 })), rcodeOf(answer({ flags: 9 }))]).toEqual([
      'NOERROR',
      'REFUSED',
      'RCODE9',
    ]);
  });
});

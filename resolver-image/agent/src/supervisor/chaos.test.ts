import { describe, expect, it } from '@jest/globals';
import dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { decodeIdentityAnswer, encodeIdentityQuery } from './chaos.js';

const question = { name: 'id.server', type: 'TXT', class: 'CH' } as const;
const answer = (id: number, text: string, flags = 0) =>
  dnsPacket.encode({
    type: 'response',
    id,
    flags,
    questions: [question],
    answers: [{ ...question, ttl: 0, data: [text] }],
  });

describe('the identity question', () => {
  it('is what another implementation reads as CH TXT id.server', () => {
    const packet = dnsPacket.decode(encodeIdentityQuery(0xbeef));
    expect(packet).toMatchObject({ id: 0xbeef, type: 'query', questions: [question] });
  });

  it('gets the identity out of an answer', () => {
    expect(decodeIdentityAnswer(answer(7, 'pool-7d9f-abcde'), 7)).toBe('pool-7d9f-abcde');
  });

  it('takes an answer to another query, or a query, for no answer', () => {
    expect(decodeIdentityAnswer(answer(7, 'a'), 8)).toBeUndefined();
    expect(decodeIdentityAnswer(encodeIdentityQuery(7), 7)).toBeUndefined();
    const other = dnsPacket.encode({
      type: 'response',
      id: 7,
      questions: [{ ...question, name: 'version.server' }],
      answers: [{ ...question, ttl: 0, data: ['a'] }],
    });
    expect(decodeIdentityAnswer(other, 7)).toBeUndefined();
  });

  it('reads a refusal as an answer without identity', () => {
    expect(decodeIdentityAnswer(answer(7, 'a', 5), 7)).toBe('');
    expect(decodeIdentityAnswer(dnsPacket.encode({ type: 'response', id: 7, questions: [question] }), 7)).toBe('');
  });

  it('survives every packet, cut off or made up', () => {
    const whole = answer(7, 'pool-7d9f-abcde');
    for (let length = 0; length < whole.length; length += 1) {
      expect(decodeIdentityAnswer(whole.subarray(0, length), 7)).not.toBe('pool-7d9f-abcde');
    }
    const tail = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(tail, fc.nat(whole.length), (bytes, keep) => {
        decodeIdentityAnswer(Buffer.concat([whole.subarray(0, keep), bytes]), 7);
      }),
    );
  });
});

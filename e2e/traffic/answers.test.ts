import { describe, expect, test } from '@jest/globals';
import dnsPacket from 'dns-packet';
import type { DecodedPacket, OptAnswer, RecordType } from 'dns-packet';
import { answerTo, encodeUdp } from './answers.js';
import type { Listener } from './answers.js';
import { address6Of, addressOf, largeTextOf } from './names.js';
import type { Zone } from './zones.js';

const root: Zone = { origin: '', address: '192.0.2.1' };
const test1: Zone = { origin: 'test', address: '192.0.2.2' };
const load: Zone = { origin: 'load.test', address: '2001:db8::3' };
const zones = [root, test1, load];
const open: Listener = { tag: 'here', zones: [], slowPercent: 0 };

/** The answer as a client reads it off the wire. */
function ask(name: string, type: RecordType, options: { readonly at?: Zone; readonly ednsBytes?: number } = {}) {
  const reply = answerTo(query(name, type, options.ednsBytes), { ...open, zones, zone: options.at });
  if (!reply) throw new Error(`no answer for ${name}`);
  return { ...reply, whole: dnsPacket.decode(dnsPacket.encode(reply.packet)), udp: dnsPacket.decode(encodeUdp(reply)) };
}

function query(name: string, type: RecordType, ednsBytes?: number): DecodedPacket {
  const opt: Omit<OptAnswer, 'udpPayloadSize'> = {
    type: 'OPT',
    name: '.',
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
  return dnsPacket.decode(
    dnsPacket.encode({
      type: 'query',
      id: 4711,
      flags: dnsPacket.RECURSION_DESIRED,
      questions: [{ name, type }],
      additionals: ednsBytes === undefined ? [] : [{ ...opt, udpPayloadSize: ednsBytes }],
    }),
  );
}

describe('the upstream of a forwarder', () => {
  test('answers A and AAAA by the name, under the id asked, and offers recursion', () => {
    const { whole } = ask('a.load.test', 'A');
    expect(whole).toMatchObject({ id: 4711, type: 'response', rcode: 'NOERROR', flag_ra: true, flag_aa: false });
    expect(whole.answers).toMatchObject([{ type: 'A', ttl: 300, data: addressOf('a.load.test') }]);
    expect(ask('a.load.test', 'AAAA').whole.answers).toMatchObject([{ type: 'AAAA', data: address6Of('a.load.test') }]);
  });

  test('keeps the case of the question, in the question and in the answer', () => {
    const { whole } = ask('A.LoAd.tEsT', 'A');
    expect(whole.questions?.[0]?.name).toBe('A.LoAd.tEsT');
    expect(whole.answers?.[0]?.name).toBe('A.LoAd.tEsT');
  });

  test.each([
    { name: 'x.nx.load.test', type: 'A', rcode: 'NXDOMAIN', pattern: 'nx' },
    { name: 'x.servfail.load.test', type: 'A', rcode: 'SERVFAIL', pattern: 'servfail' },
    { name: 'a.load.test', type: 'MX', rcode: 'NOERROR', pattern: 'address' },
  ] as const)('$name $type: $rcode without an answer', ({ name, type, rcode, pattern }) => {
    const reply = ask(name, type);
    expect(reply.whole).toMatchObject({ rcode, answers: [] });
    expect(reply.pattern).toBe(pattern);
  });

  test('says which upstream it is', () => {
    expect(ask('whoami.load.test', 'TXT').whole.answers).toMatchObject([{ ttl: 0, data: [Buffer.from('here')] }]);
  });

  test('marks slow names', () => {
    expect(ask('x.slow.load.test', 'A')).toMatchObject({ slow: true, pattern: 'slow' });
  });

  test.each([
    [undefined, true],
    [512, true],
    [1232, true],
    [4096, false],
  ])('a large answer for a client that takes %s bytes is truncated over UDP: %s', (ednsBytes, truncated) => {
    const { udp, whole } = ask('x.large.load.test', 'TXT', ednsBytes === undefined ? {} : { ednsBytes });
    const texts = largeTextOf('x.large.load.test').map((text) => Buffer.from(text));
    expect(whole.answers).toMatchObject([{ type: 'TXT', data: texts }]);
    expect(udp.flag_tc).toBe(truncated);
    expect(udp.answers?.length).toBe(truncated ? 0 : 1);
    expect(udp.additionals?.length).toBe(ednsBytes === undefined ? 0 : 1);
  });

  test('says nothing to what is no query', () => {
    const response = { ...query('a.load.test', 'A'), type: 'response' } as const;
    expect(answerTo(response, open)).toBeUndefined();
    expect(answerTo({ ...query('a.load.test', 'A'), questions: [] }, open)).toBeUndefined();
  });
});

describe('a private root', () => {
  test.each([
    { at: root, origin: 'test', server: 'ns.test', type: 'A', address: '192.0.2.2' },
    { at: test1, origin: 'load.test', server: 'ns.load.test', type: 'AAAA', address: '2001:db8::3' },
  ] as const)('delegates $origin with glue', ({ at, origin, server, type, address }) => {
    const { whole, pattern } = ask('a.b.load.test', 'A', { at });
    expect(pattern).toBe('referral');
    expect(whole).toMatchObject({ flag_aa: false, answers: [] });
    expect(whole.authorities).toMatchObject([{ type: 'NS', name: origin, data: server }]);
    expect(whole.additionals).toMatchObject([{ type, name: server, data: address }]);
  });

  test('answers with authority in the leaf zone', () => {
    const { whole } = ask('a.load.test', 'A', { at: load });
    expect(whole).toMatchObject({ flag_aa: true, flag_ra: false });
    expect(whole.answers).toMatchObject([{ data: addressOf('a.load.test') }]);
  });

  test('primes: the root names its own server and its address', () => {
    const { whole } = ask('.', 'NS', { at: root });
    expect(whole.answers).toMatchObject([{ type: 'NS', data: 'ns.root-servers' }]);
    expect(whole.additionals).toMatchObject([{ type: 'A', name: 'ns.root-servers', data: '192.0.2.1' }]);
    expect(ask('ns.root-servers', 'A', { at: root }).whole.answers).toMatchObject([{ data: '192.0.2.1' }]);
    expect(ask('ns.root-servers', 'AAAA', { at: root }).whole).toMatchObject({ rcode: 'NOERROR', answers: [] });
  });

  test('knows no other names above the leaf, and refuses what lies outside', () => {
    expect(ask('example', 'A', { at: root }).whole).toMatchObject({ rcode: 'NXDOMAIN' });
    expect(ask('other.test', 'A', { at: test1 }).whole).toMatchObject({ rcode: 'NXDOMAIN' });
    expect(ask('load.test', 'A', { at: load }).whole).toMatchObject({ rcode: 'NOERROR', answers: [] });
    expect(ask('example', 'A', { at: load }).whole).toMatchObject({ rcode: 'REFUSED' });
  });
});

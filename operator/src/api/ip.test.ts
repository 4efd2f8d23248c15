import { BlockList, isIP } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contains, isMasked, isSameIp, parseCidr, parseIp } from './ip.js';

const address = fc.oneof(fc.ipV4(), fc.ipV6());
/** Texts that look like addresses and often are none. */
const almost = fc.array(fc.constantFrom('0', '1', '10', '255', '256', '01', 'ff', 'FFFF', '.', ':', '::', '/', ' '), {
  maxLength: 14,
});

/** What Kubernetes takes: what Node takes, without zones, and without IPv4 mapped into IPv6. */
function isStrictIp(text: string): boolean {
  if (isIP(text) === 0 || text.includes('%')) return false;
  const mapped = new BlockList();
  mapped.addSubnet('::ffff:0:0', 96, 'ipv6');
  return isIP(text) === 4 || !mapped.check(text, 'ipv6');
}

describe('addresses', () => {
  test('are those of node:net that Kubernetes takes too', () => {
    fc.assert(fc.property(address, (text) => (parseIp(text) !== undefined) === isStrictIp(text)));
    fc.assert(
      fc.property(almost, (parts) => (parseIp(parts.join('')) !== undefined) === isStrictIp(parts.join(''))),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['192.0.2.53', { family: 4, value: 0xc0000235n }],
    ['::', { family: 6, value: 0n }],
    ['2001:DB8::1', { family: 6, value: 0x20010db8000000000000000000000001n }],
    ['64:ff9b::192.0.2.33', { family: 6, value: 0x0064ff9b0000000000000000c0000221n }],
    ['010.0.0.1', undefined],
    ['fe80::1%eth0', undefined],
    ['::ffff:10.0.0.1', undefined],
    ['1:2:3:4:5:6:7:8:9', undefined],
    ['1::2::3', undefined],
    ['', undefined],
  ])('%s', (text, ip) => {
    expect(parseIp(text)).toEqual(ip);
  });

  test('are equal however they are spelt', () => {
    expect(isSameIp('2001:db8::53', '2001:0DB8:0:0::0053')).toBe(true);
    expect(isSameIp('::1', '0.0.0.1')).toBe(false);
    expect(isSameIp('nothing', 'nothing')).toBe(false);
  });
});

describe('networks', () => {
  test('hold what node:net says they hold', () => {
    const network = fc.tuple(fc.ipV4(), fc.nat(32));
    fc.assert(
      fc.property(network, fc.ipV4(), ([base, prefix], text) => {
        const list = new BlockList();
        list.addSubnet(base, prefix, 'ipv4');
        const ip = parseIp(text);
        return ip !== undefined && contains(`${base}/${prefix}`, ip) === list.check(text, 'ipv4');
      }),
    );
  });

  test.each([
    ['10.0.0.0/8', true],
    ['10.1.2.3/8', false],
    ['0.0.0.0/0', true],
    ['192.0.2.1/32', true],
    ['2001:db8::/32', true],
    ['2001:db8::1/64', false],
  ])('%s is masked: %s', (text, masked) => {
    const network = parseCidr(text);
    expect(network && isMasked(network)).toBe(masked);
  });

  test.each(['10.0.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/08', '10.0.0.0/8/8', '/8'])('%s is none', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});

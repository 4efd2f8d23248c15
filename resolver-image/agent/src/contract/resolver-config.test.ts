import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { configFor } from '../../test/configs.js';
import { configHash, parseResolverConfig, type ResolverConfig } from './resolver-config.js';
import { isAddress, isDomainName, isNetwork, isWithin, record } from './text.js';

const parse = (changes: Partial<ResolverConfig>) =>
  parseResolverConfig(JSON.stringify({ ...configFor(5300), ...changes }));
const upstreams = (changes: Partial<ResolverConfig['upstreams']>) => ({
  upstreams: { ...configFor(5300).upstreams, ...changes },
});
const server = { address: '192.0.2.1' };

describe('parseResolverConfig', () => {
  it('accepts a configuration and gives it back unchanged', () => {
    const config = configFor(5300);
    expect(parseResolverConfig(JSON.stringify(config))).toEqual({ ok: true, config });
  });

  const wrong: readonly (readonly [string, Partial<ResolverConfig>, RegExp])[] = [
    ['a network without a length', { access: { allow: ['10.0.0.0'] } }, /^access\.allow\.0: .*CIDR/],
    ['a network that is too long', { access: { allow: ['10.0.0.0/33'] } }, /^access\.allow\.0: .*CIDR/],
    ['no servers to forward to', upstreams({ servers: [] }), /^upstreams\.servers: .*at least one/],
    ['servers in mode Recursive', upstreams({ mode: 'Recursive' }), /^upstreams\.servers: .*use zones/],
    [
      'root hints in mode Forward',
      upstreams({ rootHints: [{ name: 'a.root', addresses: ['192.0.2.1'] }] }),
      /^upstreams\.rootHints: .*Recursive/,
    ],
    ['a host name as a server', upstreams({ servers: [{ address: 'dns.example' }] }), /servers\.0\.address: .*IPv4/],
    ['an address with a zone', upstreams({ servers: [{ address: 'fe80::1%eth0' }] }), /servers\.0\.address/],
    [
      'TLS to some servers of a zone',
      upstreams({ servers: [server, { ...server, tlsServerName: 'dns.example' }] }),
      /^upstreams\.servers: either all/,
    ],
    [
      'the root as a zone',
      upstreams({ zones: [{ name: '.', mode: 'Stub', servers: [server] }] }),
      /^upstreams\.zones\.0\.name: must not be the root/,
    ],
    [
      'one zone twice in two spellings',
      upstreams({
        zones: [
          { name: 'Corp.example', mode: 'Stub', servers: [server] },
          { name: 'corp.example.', mode: 'Forward', servers: [server] },
        ],
      }),
      /^upstreams\.zones\.1\.name: .*twice/,
    ],
    [
      'a record outside its zone',
      upstreams({ localZones: [{ name: 'corp.example', type: 'Static', records: ['www.example. A 192.0.2.1'] }] }),
      /localZones\.0\.records\.0: .*not at or below/,
    ],
    [
      'a record below a redirected zone',
      upstreams({ localZones: [{ name: 'a.example', type: 'Redirect', records: ['www.a.example. A 192.0.2.1'] }] }),
      /localZones\.0\.records\.0: .*Redirect/,
    ],
    [
      'a record that is never answered',
      upstreams({ localZones: [{ name: 'a.example', type: 'AlwaysNxdomain', records: ['a.example. A 192.0.2.1'] }] }),
      /localZones\.0\.records\.0: .*never answers/,
    ],
    [
      'a record with a line break',
      upstreams({ localZones: [{ name: 'a.example', type: 'Static', records: ['a.example. TXT "a\n"'] }] }),
      /localZones\.0\.records\.0: .*one line/,
    ],
    [
      'TTL bounds that cross',
      { cache: { sizeBytes: 1 << 20, minTtlSeconds: 60, maxTtlSeconds: 30 } },
      /^cache\.minTtl/,
    ],
    ['an unknown engine option', { extraConfig: 'foo: 1' }, /^extraConfig: line 1: `foo`/],
    [
      'a drain that never ends',
      { drain: { lameDuckSeconds: 0, quietPeriodSeconds: 5, timeoutSeconds: 601 } },
      /^drain\.timeout/,
    ],
  ];
  it.each(wrong)('refuses %s and names the field', (_what, changes, message) => {
    const parsed = parse(changes);
    expect(parsed.ok ? [] : parsed.messages).toEqual(expect.arrayContaining([expect.stringMatching(message)]));
  });

  it('refuses what is no JSON', () => {
    expect(parseResolverConfig('{')).toMatchObject({ ok: false, messages: [expect.stringContaining('not JSON')] });
  });
});

describe('a text of another version', () => {
  const published = readFileSync(new URL('testdata/published-2026-11.json', import.meta.url), 'utf8');

  const config: unknown = JSON.parse(published);

  it('that was published by the first version is read, every key of it', () => {
    expect(parseResolverConfig(published)).toEqual({ ok: true, config });
  });

  it('is read without the keys that are not known here, at any depth', () => {
    expect(parseResolverConfig(JSON.stringify(withKeyOfTomorrow(config)))).toEqual({ ok: true, config });
  });
});

/** Every object of a value with one more key. */
function withKeyOfTomorrow(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withKeyOfTomorrow);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, withKeyOfTomorrow(item)] as const);
  return { ...Object.fromEntries(entries), keyOfTomorrow: { deep: [1] } };
}

describe('configHash', () => {
  it('is the start of the SHA-256 over the exact text', () => {
    expect(configHash('')).toBe('e3b0c44298fc1c14');
    expect(configHash('{"a":1}')).not.toBe(configHash('{"a": 1}'));
  });
});

describe('the forms of strings', () => {
  it('let nothing through that could end a line or a quoted value', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string().map((text) => `a.example${text}`),
        ),
        (text) => {
          const accepted = isAddress(text) || isNetwork(text) || isDomainName(text);
          if (accepted) expect(text).toMatch(/^[A-Za-z0-9.:/_-]+$/);
          if (record().safeParse(text).success) expect(text).toMatch(/^[ -~]+$/);
        },
      ),
    );
  });

  it('tell what lies within a zone, in any spelling', () => {
    expect(isWithin('WWW.corp.example', 'corp.Example.')).toBe(true);
    expect(isWithin('xcorp.example', 'corp.example')).toBe(false);
    expect(isWithin('anything', '.')).toBe(true);
  });
});

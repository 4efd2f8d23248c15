import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expectGolden } from '../../../../../operator/test/golden.js';
import { configFor, testFacts } from '../../../test/configs.js';
import { parseResolverConfig, type ResolverConfig, resolverConfigSchema } from '../../contract/resolver-config.js';
import { EXTRA_OPTIONS } from '../../contract/extra-options.js';
import { tunableDefaults } from './defaults.js';
import { render } from './render.js';

const golden = (name: string) => new URL(`testdata/${name}.conf`, import.meta.url);
const recursive: ResolverConfig = resolverConfigSchema.parse({
  ...configFor(53),
  access: { allow: ['0.0.0.0/0', '2001:db8::/32'] },
  upstreams: {
    mode: 'Recursive',
    servers: [],
    rootHints: [{ name: 'A.root-servers.example', addresses: ['192.0.2.1', '2001:db8::1'] }],
    zones: [
      { name: '10.in-addr.arpa', mode: 'Forward', servers: [{ address: '192.0.2.9', tlsServerName: 'dns.example.' }] },
      { name: 'Corp.example', mode: 'Stub', servers: [{ address: '2001:db8::53', port: 5353 }] },
      { name: 'lan', mode: 'Forward', servers: [{ address: '192.0.2.10' }] },
    ],
    localZones: [
      {
        name: 'home.example',
        type: 'Static',
        records: ['www.home.example. 300 IN A 192.0.2.80', `t.home.example. TXT "it's"`],
      },
      { name: 'lan', type: 'Transparent', records: [] },
      { name: 'ads.example', type: 'AlwaysNxdomain', records: [] },
      { name: 'no.example', type: 'Refuse', records: [] },
      { name: 'all.example', type: 'Redirect', records: ['all.example. A 192.0.2.81'] },
    ],
  },
  cache: {
    sizeBytes: 100 << 20,
    minTtlSeconds: 5,
    maxTtlSeconds: 3600,
    serveStale: { maxStaleSeconds: 600, answerTtlSeconds: 20 },
  },
  extraConfig: 'prefetch: no\nprivate-address: 10.0.0.0/8\nprivate-address: fd00::/8',
});

describe('render', () => {
  it('writes a forwarder as it was read by a person', () => {
    expectGolden(golden('forward'), render(configFor(5300), testFacts).text);
  });

  it('writes a recursive server with everything as it was read by a person', () => {
    const rendered = render(recursive, { ...testFacts, threads: 3, listen: ['0.0.0.0', '::0'], port: 53 });
    expectGolden(golden('recursive'), rendered.text);
    expect(rendered.files).toHaveLength(1);
    expectGolden(golden('root-hints'), rendered.files.map(({ name, text }) => `# ${name}\n${text}`).join(''));
  });

  it('takes away each zone that Unbound answers by itself inside of a zone with upstreams, once, unless it is said what it is', () => {
    const servers = [{ address: '192.0.2.1' }];
    const zones = ['arpa', 'IP6.arpa', 'd.f.ip6.arpa', 'xarpa'].map((name) => ({
      name,
      mode: 'Forward' as const,
      servers,
    }));
    const localZones = [{ name: 'Home.ARPA', type: 'Refuse' as const, records: [] }];
    const upstreams = { ...configFor(53).upstreams, zones, localZones };
    const lines = render({ ...configFor(53), upstreams }, testFacts).text.split('\n');
    const zonesOf = (type: string) =>
      lines
        .filter((line) => /^ {2}local-zone: /.test(line) && line.endsWith(` ${type}`))
        .map((line) => line.split('"')[1]);
    expect(zonesOf('refuse')).toEqual(['home.arpa.']);
    expect(zonesOf('transparent')).toEqual(['arpa.', 'ip6.arpa.', 'd.f.ip6.arpa.', 'xarpa.']);
    const removed = zonesOf('nodefault');
    expect(removed).toHaveLength(new Set(removed).size);
    expect(removed).toEqual(expect.arrayContaining(['10.in-addr.arpa.', '31.172.in-addr.arpa.', '8.e.f.ip6.arpa.']));
    for (const other of ['home.arpa.', 'd.f.ip6.arpa.', '127.in-addr.arpa.', 'test.'])
      expect(removed).not.toContain(other);
  });

  it('lets upstreams on loopback be asked only if there are any', () => {
    const local = (address: string) =>
      render({ ...configFor(53), upstreams: { ...configFor(53).upstreams, servers: [{ address }] } }, testFacts).text;
    expect(local('127.0.0.9')).toContain('do-not-query-localhost: no\n');
    expect(local('::1')).toContain('do-not-query-localhost: no\n');
    expect(local('192.0.2.1')).toContain('do-not-query-localhost: yes\n');
  });

  it('uses the root servers of the Internet when there are no others', () => {
    const config = {
      ...configFor(53),
      upstreams: { ...configFor(53).upstreams, mode: 'Recursive' as const, servers: [] },
    };
    expect(render(config, testFacts).text).toContain('root-hints: "/usr/share/dns/root.hints"\n');
    expect(render(config, testFacts).files).toEqual([]);
  });

  it('refuses an identity that has no place in a file', () => {
    expect(() => render(configFor(53), { ...testFacts, identity: 'a"\nserver:' })).toThrow('identity');
  });

  it('writes only whole lines of options, whatever strings a valid configuration holds', () => {
    const base = configFor(53);
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[a-z.]{1,8}["'\n\\ #]{0,3}[a-z.]{0,8}$/),
    );
    const anyConfig = fc.record({ record: text, zone: text, name: text, network: text, extra: text });
    fc.assert(
      fc.property(anyConfig, ({ record, zone, name, network, extra }) => {
        const config = {
          ...base,
          access: { allow: network === '' ? [] : [network] },
          upstreams: {
            ...base.upstreams,
            servers: [{ address: '192.0.2.1', tlsServerName: name }],
            localZones: [{ name: zone, type: 'Static', records: [`${zone} TXT ${record}`] }],
          },
          extraConfig: extra,
        };
        const variants = [
          config,
          { ...config, access: base.access },
          { ...config, access: base.access, extraConfig: '' },
        ];
        for (const variant of [
          ...variants,
          { ...base, upstreams: { ...config.upstreams, servers: base.upstreams.servers } },
        ]) {
          const parsed = parseResolverConfig(JSON.stringify(variant));
          if (parsed.ok) expectWellFormed(render(parsed.config, testFacts).text);
        }
      }),
    );
  });
});

/** Clauses, and options whose values are bare words, or quoted with no quote of that kind inside. */
function expectWellFormed(text: string): void {
  for (const line of text.split('\n').slice(1, -1)) {
    expect(line).toMatch(/^([a-z-]+:| {2}[a-z0-9-]+: ([^"'\n]+|"[^"\n]*"( [a-z_]+)?|'[^'\n]*'))$/);
  }
}

describe('tunable defaults', () => {
  it('are all in the allow-list, with values that it takes', () => {
    for (const config of [configFor(53), recursive]) {
      for (const [option, value] of tunableDefaults(config)) {
        expect([option, EXTRA_OPTIONS.get(option)?.form.fits(String(value))]).toEqual([option, true]);
      }
    }
  });

  it('leave no option that extraConfig may set to the version of the engine', () => {
    const single = [...EXTRA_OPTIONS].filter(([, { repeatable }]) => !repeatable).map(([option]) => option);
    for (const config of [configFor(53), recursive]) {
      expect(tunableDefaults(config).map(([option]) => option)).toEqual(expect.arrayContaining(single));
      expect(new Set(tunableDefaults(config).map(([option]) => option)).size).toBe(tunableDefaults(config).length);
    }
  });

  it.each([
    { mode: 'Forward', zones: [], patience: 800 },
    { mode: 'Forward', zones: ['Stub'], patience: 800 },
    { mode: 'Recursive', zones: [], patience: 50 },
    { mode: 'Recursive', zones: ['Stub'], patience: 50 },
    { mode: 'Recursive', zones: ['Stub', 'Forward'], patience: 800 },
  ] as const)('give servers of mode $mode with zones $zones $patience ms', ({ mode, zones, patience }) => {
    const base = configFor(53);
    const named = zones.map((kind) => ({ name: `${kind}.example`, mode: kind, servers: base.upstreams.servers }));
    const config = { ...base, upstreams: { ...base.upstreams, mode, zones: named } };
    expect(tunableDefaults(config)).toContainEqual(['infra-cache-min-rtt', patience]);
  });

  it('let one client wait for as many answers as a server has room for, and keep limits of single networks', () => {
    const waitLimit = Number(tunableDefaults(configFor(53)).find(([option]) => option === 'wait-limit')?.[1]);
    // 64 threads of 4,096 recursions. With 0 Unbound heeds no wait-limit-netblock either.
    expect(waitLimit).toBeGreaterThan(64 * 4096);
  });
});

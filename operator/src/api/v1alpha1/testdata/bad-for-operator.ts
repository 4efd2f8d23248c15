/**
 * Wrong manifests that the API server takes and that end in `Accepted=False`: those that only the controller can see,
 * because it knows the rest of the namespace or the engine's options, and those that only the engine's own checker sees.
 */
import type { BadManifest } from './bad-manifest.js';

/** What the rest of the namespace must be for the manifests of `refusedByController` to be wrong. */
export const surroundings = {
  serviceAddresses: ['198.19.0.53', '2001:db8:19::53'],
  pools: [
    { name: 'public-africa-north', fleet: 'public-africa' },
    { name: 'internal-us', fleet: 'internal' },
  ],
  otherFleets: ['public-africa', 'public-asia', 'internal'],
} as const;

const options = 'spec.engine.extraConfig';
const zoneWith = (record: string, type = 'Static') => ({
  'spec.upstreams.localZones': [{ name: 'corp.example', type, records: [record] }],
});
const firstRecord = 'spec.upstreams.localZones[0].records[0]';

/** Refused by `validateFleet`, given `surroundings`. */
export const refusedByController: readonly BadManifest[] = [
  {
    title: 'an upstream that is the Service of the fleet',
    changes: { 'spec.upstreams.servers': [{ address: '198.19.0.53' }] },
    field: 'spec.upstreams.servers[0].address',
    remedy: 'must not be an address of the Service of the fleet itself',
  },
  {
    title: 'a zone whose server is the Service of the fleet, in another spelling',
    changes: { 'spec.upstreams.zones': [{ name: 'corp.example', servers: [{ address: '2001:DB8:19:0::53' }] }] },
    field: 'spec.upstreams.zones[0].servers[0].address',
    remedy: 'name the server that has the answers',
  },
  {
    title: 'a root server that is the fixed address of the fleet',
    changes: {
      'spec.service.clusterIP': '198.19.0.77',
      'spec.upstreams': { mode: 'Recursive', rootHints: [{ name: 'a.root.example', addresses: ['198.19.0.77'] }] },
    },
    field: 'spec.upstreams.rootHints[0].addresses[0]',
    remedy: 'must not be an address of the Service of the fleet itself',
  },
  {
    title: 'one upstream in two spellings',
    changes: { 'spec.upstreams.servers': [{ address: '2001:db8::53' }, { address: '2001:db8:0:0::53' }] },
    field: 'spec.upstreams.servers',
    remedy: 'remove one of the entries with the same `address` and `port`',
  },
  {
    title: 'one zone in two spellings',
    changes: {
      'spec.upstreams.zones': ['corp.example', 'Corp.example.'].map((name) => ({
        name,
        servers: [{ address: '10.1.0.53' }],
      })),
    },
    field: 'spec.upstreams.zones[1].name',
    remedy: 'is the same zone as `zones[0]`',
  },
  {
    title: 'a PoP whose pool another fleet has',
    changes: { 'spec.regions': [{ name: 'eu', pops: [{ name: 'africa-north' }] }] },
    field: 'spec.regions[0].pops[0].name',
    remedy: "is a pool of fleet 'public-africa': rename the PoP",
  },
  {
    title: 'a PoP whose pool would bear the name of another fleet',
    changes: { 'spec.regions': [{ name: 'asia' }] },
    field: 'spec.regions[0].name',
    remedy: "is fleet 'public-asia': rename the PoP",
  },
  {
    title: 'a fleet of the name of a pool of another fleet',
    changes: { 'metadata.name': 'internal-us' },
    field: 'metadata.name',
    remedy: "is the name of a pool of fleet 'internal': rename this fleet",
  },
  {
    title: 'an unknown engine option',
    changes: { [options]: 'prefetsch: yes' },
    field: options,
    remedy: 'did you mean `prefetch`?',
  },
  {
    title: 'an engine option that is a field',
    changes: { [options]: 'minimal-responses: yes\nnum-threads: 8' },
    field: options,
    remedy: 'use `engine.threads` instead',
  },
  {
    title: 'an include of a file',
    changes: { [options]: 'include: /etc/passwd' },
    field: options,
    remedy: 'reads or writes files',
  },
  {
    title: 'remote control',
    changes: { [options]: 'control-interface: 0.0.0.0' },
    field: options,
    remedy: 'opens the control channel',
  },
  {
    title: 'a module',
    changes: { [options]: 'module-config: "python iterator"' },
    field: options,
    remedy: 'remove the line',
  },
  {
    title: 'an engine option without value',
    changes: { [options]: 'prefetch yes' },
    field: options,
    remedy: 'is not of the form `option: value`',
  },
  {
    title: 'an engine option with a wrong value',
    changes: { [options]: 'prefetch: on' },
    field: options,
    remedy: 'the value must be `yes` or `no`',
  },
  {
    title: 'an engine option twice',
    changes: { [options]: 'prefetch: yes\nprefetch: no' },
    field: options,
    remedy: 'keep one of the two',
  },
  {
    title: 'a record outside of its zone',
    changes: zoneWith('www.other.example. 300 IN A 192.0.2.1'),
    field: firstRecord,
    remedy: "must be named at or below 'corp.example'",
  },
  {
    title: 'a record of a redirected zone below its apex',
    changes: zoneWith('www.corp.example. 300 IN A 192.0.2.1', 'Redirect'),
    field: firstRecord,
    remedy: "must be named 'corp.example' itself",
  },
  {
    title: 'a record of an unknown type',
    changes: zoneWith('www.corp.example. 300 IN ADDRESS 192.0.2.1'),
    field: firstRecord,
    remedy: "must have a known record type; 'ADDRESS' is none",
  },
  {
    title: 'a record without type and data',
    changes: zoneWith('www.corp.example.'),
    field: firstRecord,
    remedy: "must be of the form 'name TTL class type data'",
  },
  {
    title: 'a record of another class',
    changes: zoneWith('www.corp.example. 300 CH TXT "hello"'),
    field: firstRecord,
    remedy: 'must be of class IN',
  },
  {
    title: 'a record whose TTL is too long',
    changes: zoneWith('www.corp.example. 4294967296 IN A 192.0.2.1'),
    field: firstRecord,
    remedy: 'must have a TTL in seconds from 0 to 2147483647',
  },
  {
    title: 'an IPv4 record of an IPv6 address',
    changes: zoneWith('www.corp.example. 300 IN A 2001:db8::1'),
    field: firstRecord,
    remedy: 'must be an IPv4 address',
  },
  {
    title: 'a mail exchanger without preference',
    changes: zoneWith('corp.example. 300 IN MX mail.corp.example.'),
    field: firstRecord,
    remedy: "such as '10 mail.corp.example.'",
  },
  {
    title: 'a record of two lines',
    changes: zoneWith('www.corp.example. 300 IN A 192.0.2.1\nserver:'),
    field: firstRecord,
    remedy: 'must be one line of printable ASCII',
  },
];

/** Refused by nothing but the engine's checker; `remedy` is in its words, and the pool controller passes them on. */
export const refusedByEngine: readonly BadManifest[] = [
  {
    title: 'a CAA record of nonsense',
    changes: zoneWith('corp.example. 300 IN CAA nonsense'),
    field: 'corp.example. 300 IN CAA nonsense',
    remedy: 'integer expected',
  },
  {
    title: 'a TLSA record that is not hexadecimal',
    changes: zoneWith('_853._tcp.corp.example. 300 IN TLSA 3 1 1 zz'),
    field: '_853._tcp.corp.example. 300 IN TLSA 3 1 1 zz',
    remedy: 'hex encoding expected',
  },
  {
    title: 'a NAPTR record of one number',
    changes: zoneWith('corp.example. 300 IN NAPTR 1'),
    field: 'corp.example. 300 IN NAPTR 1',
    remedy: 'value expected',
  },
  {
    title: 'a character that is none',
    changes: zoneWith('corp.example. 300 IN TXT "a\\300"'),
    field: 'corp.example. 300 IN TXT',
    remedy: 'bad escape sequence',
  },
  {
    title: 'an engine option whose name of 254 characters is one too long',
    changes: { [options]: `private-domain: ${[63, 63, 63, 62].map((size) => 'a'.repeat(size)).join('.')}` },
    field: 'private-domain',
    remedy: 'cannot parse',
  },
];

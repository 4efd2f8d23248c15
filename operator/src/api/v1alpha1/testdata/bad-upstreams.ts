/** Wrong manifests that the API server refuses: what is missing, upstreams and access. */
import type { BadManifest } from './bad-manifest.js';

const server = { address: '192.0.2.53' };
const zone = { name: 'corp.example', servers: [{ address: '10.1.0.53' }] };
const required = 'Required value';

export const badUpstreams: readonly BadManifest[] = [
  { title: 'no upstreams', changes: { 'spec.upstreams': undefined }, field: 'spec.upstreams', remedy: required },
  { title: 'no access', changes: { 'spec.access': undefined }, field: 'spec.access', remedy: required },
  { title: 'no regions', changes: { 'spec.regions': undefined }, field: 'spec.regions', remedy: required },
  {
    title: 'an empty list of regions',
    changes: { 'spec.regions': [] },
    field: 'spec.regions',
    remedy: 'should have at least 1 items',
  },
  {
    title: 'an unknown field',
    changes: { 'spec.replicas': 3 },
    field: 'spec.replicas',
    remedy: 'unknown field',
    notInZod: true,
  },
  {
    title: 'no mode of upstreams',
    changes: { 'spec.upstreams.mode': undefined },
    field: 'spec.upstreams.mode',
    remedy: required,
  },
  {
    title: 'a mode in lower case',
    changes: { 'spec.upstreams.mode': 'forward' },
    field: 'spec.upstreams.mode',
    remedy: 'supported values: "Forward", "Recursive"',
  },
  {
    title: 'mode Forward without servers',
    changes: { 'spec.upstreams.servers': undefined },
    field: 'spec.upstreams.servers',
    remedy: 'must name at least one resolver when `mode` is Forward',
  },
  {
    title: 'mode Recursive with servers',
    changes: { 'spec.upstreams.mode': 'Recursive' },
    field: 'spec.upstreams.servers',
    remedy: 'use `zones` for single zones',
  },
  {
    title: 'root hints in mode Forward',
    changes: { 'spec.upstreams.rootHints': [{ name: 'a.root.example', addresses: ['192.0.2.1'] }] },
    field: 'spec.upstreams.rootHints',
    remedy: 'may be set only when `mode` is Recursive',
  },
  {
    title: 'a root hint without addresses',
    changes: {
      'spec.upstreams': { mode: 'Recursive', rootHints: [{ name: 'a.root.example', addresses: [] }] },
    },
    field: 'spec.upstreams.rootHints[0].addresses',
    remedy: 'should have at least 1 items',
  },
  {
    title: 'an upstream with its port in the address',
    changes: { 'spec.upstreams.servers': [{ address: '192.0.2.53:53' }] },
    field: 'spec.upstreams.servers[0].address',
    remedy: 'must be an IPv4 or IPv6 address without port',
  },
  {
    title: 'an upstream by name',
    changes: { 'spec.upstreams.servers': [{ address: 'dns.example.net' }] },
    field: 'spec.upstreams.servers[0].address',
    remedy: "such as '192.0.2.53'",
  },
  {
    title: 'an upstream on loopback',
    changes: { 'spec.upstreams.servers': [{ address: '127.0.0.53' }] },
    field: 'spec.upstreams.servers[0].address',
    remedy: 'must be the address of another machine',
  },
  {
    title: 'the unspecified address as upstream',
    changes: { 'spec.upstreams.servers': [{ address: '::' }] },
    field: 'spec.upstreams.servers[0].address',
    remedy: 'must be the address of another machine',
  },
  {
    title: 'a multicast address as upstream of a zone',
    changes: { 'spec.upstreams.zones': [{ name: 'local', servers: [{ address: '224.0.0.251' }] }] },
    field: 'spec.upstreams.zones[0].servers[0].address',
    remedy: 'must be the address of another machine',
  },
  {
    title: 'a link-local IPv6 address as root server',
    changes: { 'spec.upstreams': { mode: 'Recursive', rootHints: [{ name: 'a.root', addresses: ['fe80::1'] }] } },
    field: 'spec.upstreams.rootHints[0].addresses[0]',
    remedy: 'must be the address of another machine',
  },
  {
    title: 'an upstream port above 65535',
    changes: { 'spec.upstreams.servers': [{ ...server, port: 70000 }] },
    field: 'spec.upstreams.servers[0].port',
    remedy: 'should be less than or equal to 65535',
  },
  {
    title: 'an upstream named twice, once with its default port',
    changes: { 'spec.upstreams.servers': [server, { ...server, port: 53 }] },
    field: 'spec.upstreams.servers',
    remedy: 'remove one of the entries with the same `address` and `port`',
  },
  {
    title: 'DNS over TLS to some servers of a list',
    changes: { 'spec.upstreams.servers': [server, { address: '192.0.2.54', tlsServerName: 'dns.example.net' }] },
    field: 'spec.upstreams.servers',
    remedy: 'must have `tlsServerName` on all servers or on none',
  },
  {
    title: 'a TLS name with a port',
    changes: { 'spec.upstreams.servers': [{ ...server, tlsServerName: 'dns.example.net:853' }] },
    field: 'spec.upstreams.servers[0].tlsServerName',
    remedy: 'must be a host name',
  },
  {
    title: 'a TLS name with an empty label',
    changes: { 'spec.upstreams.servers': [{ ...server, tlsServerName: 'dns..example' }] },
    field: 'spec.upstreams.servers[0].tlsServerName',
    remedy: 'must be a host name',
  },
  {
    title: 'a TLS name with a hyphen at the end of a label',
    changes: { 'spec.upstreams.servers': [{ ...server, tlsServerName: 'a-.example' }] },
    field: 'spec.upstreams.servers[0].tlsServerName',
    remedy: 'must be a host name',
  },
  {
    title: 'a TLS name with a label of 64 characters',
    changes: { 'spec.upstreams.servers': [{ ...server, tlsServerName: `${'a'.repeat(64)}.example` }] },
    field: 'spec.upstreams.servers[0].tlsServerName',
    remedy: 'must be a host name',
  },
  {
    title: 'a zone without servers',
    changes: { 'spec.upstreams.zones': [{ name: 'corp.example', servers: [] }] },
    field: 'spec.upstreams.zones[0].servers',
    remedy: 'should have at least 1 items',
  },
  {
    title: 'the root as a zone',
    changes: { 'spec.upstreams.zones': [{ ...zone, name: '.' }] },
    field: 'spec.upstreams.zones[0].name',
    remedy: "must be a domain name of labels of at most 63 letters, digits, '-' and '_'",
  },
  {
    title: 'a label of 64 characters',
    changes: { 'spec.upstreams.zones': [{ ...zone, name: `${'a'.repeat(64)}.example` }] },
    field: 'spec.upstreams.zones[0].name',
    remedy: 'labels of at most 63',
  },
  {
    title: 'a zone twice',
    changes: { 'spec.upstreams.zones': [zone, zone] },
    field: 'spec.upstreams.zones[1]',
    remedy: 'Duplicate value',
    notInZod: true,
  },
  {
    title: 'a zone that is forwarded and answered',
    changes: { 'spec.upstreams.zones': [zone], 'spec.upstreams.localZones': [{ name: 'Corp.Example' }] },
    field: 'spec.upstreams.localZones',
    remedy: 'give it `type` Transparent',
  },
  {
    title: 'a denied zone with records',
    changes: {
      'spec.upstreams.localZones': [
        { name: 'ads.example', type: 'AlwaysNxdomain', records: ['ads.example. A 192.0.2.1'] },
      ],
    },
    field: 'spec.upstreams.localZones[0].records',
    remedy: 'use Static for records',
  },
  {
    title: 'a redirect to nothing',
    changes: { 'spec.upstreams.localZones': [{ name: 'portal.example', type: 'Redirect' }] },
    field: 'spec.upstreams.localZones[0].records',
    remedy: 'must have a record of the apex',
  },
  {
    title: 'an address instead of a network',
    changes: { 'spec.access.allow': ['10.0.0.1'] },
    field: 'spec.access.allow[0]',
    remedy: "a single address is '192.0.2.1/32'",
  },
  {
    title: 'a prefix of 33 bits',
    changes: { 'spec.access.allow': ['10.0.0.0/33'] },
    field: 'spec.access.allow[0]',
    remedy: 'must be a network in CIDR notation',
  },
  {
    title: 'a network with bits beyond its prefix',
    changes: { 'spec.access.allow': ['10.1.2.3/8'] },
    field: 'spec.access.allow[0]',
    remedy: 'must be the first address of the network',
  },
  {
    title: 'a network twice',
    changes: { 'spec.access.allow': ['10.0.0.0/8', '10.0.0.0/8'] },
    field: 'spec.access.allow[1]',
    remedy: 'Duplicate value',
    notInZod: true,
  },
];

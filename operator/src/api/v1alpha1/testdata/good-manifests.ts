/** Manifests that are right, so that no rule forbids what people need. `make test` applies each to a real API server. */
import { changed, type Manifest, minimalFleet, minimalPool } from './manifest.js';

/** Title -> manifest. */
export const goodManifests: Readonly<Record<string, Manifest>> = {
  'the smallest fleet': minimalFleet,
  'the smallest pool': minimalPool,
  'a fleet that answers nobody yet': changed(minimalFleet, { 'spec.access.allow': [] }),
  'threads that just fit into the memory beside the cache': changed(minimalFleet, {
    'spec.engine.threads': 3,
    'spec.cache.size': '128Mi',
    'spec.server.resources.requests.memory': '256Mi',
  }),
  'servers whose capacity is measured': changed(minimalFleet, {
    'spec.server': {
      resources: { limits: { cpu: 2 } },
      capacityQps: 'Measured',
      measuredCapacity: { minQps: 10_000, maxQps: 200_000 },
    },
  }),
  'everything on': changed(minimalFleet, {
    'metadata.name': 'everything',
    'spec.engine': { type: 'Unbound', threads: 4, extraConfig: '# measured\nprefetch: yes\nminimal-responses: yes\n' },
    'spec.listeners.dns.port': 5353,
    'spec.access.allow': ['10.0.0.0/8', '192.0.2.7/32', '2001:db8::/32', '0.0.0.0/0', '::/0'],
    'spec.upstreams': {
      mode: 'Forward',
      servers: [
        { address: '192.0.2.53', tlsServerName: 'dns.example.net' },
        { address: '2001:db8::53', port: 8853, tlsServerName: 'dns.example.net' },
      ],
      zones: [
        { name: 'corp.example', servers: [{ address: '10.1.0.53' }, { address: '10.1.0.53', port: 5353 }] },
        { name: 'lab.example', mode: 'Stub', servers: [{ address: '10.2.0.53' }] },
        { name: '10.in-addr.arpa.', servers: [{ address: '169.254.20.10' }] },
        { name: '_msdcs.corp.example', servers: [{ address: '10.1.0.54' }] },
      ],
      localZones: [
        { name: 'printer.example', records: ['printer.example. 300 IN A 10.3.0.9', 'printer.example. AAAA fd00::9'] },
        { name: 'corp.example', type: 'Transparent', records: ['www.corp.example. 60 IN CNAME web.corp.example.'] },
        { name: 'portal.example', type: 'Redirect', records: ['portal.example. IN A 10.3.0.1'] },
        { name: 'ads.example', type: 'AlwaysNxdomain' },
        { name: 'secret.example', type: 'Refuse' },
        {
          name: 'mail.example',
          records: [
            'mail.example. 3600 IN MX 10 mx.mail.example.',
            'mail.example. 3600 IN TXT "v=spf1 -all" "second string"',
            '_sip._tcp.mail.example. IN SRV 0 5 5060 sip.mail.example.',
            '*.mail.example. 3600 IN A 10.3.0.2',
            'mail.example. 3600 IN CAA 0 issue "ca.example.net"',
            'mail.example. 3600 IN SOA ns.mail.example. admin.mail.example. 1 7200 3600 1209600 3600',
          ],
        },
      ],
    },
    'spec.server.capacityQps': 100_000,
    'spec.autoscaling': { mode: 'Builtin', scaleUpThresholdPercent: 100, scaleDownThresholdPercent: 0 },
    'spec.capacity.redundancy': 0,
    'spec.cache': {
      size: '1.5Gi',
      minTtlSeconds: 5,
      maxTtlSeconds: 3600,
      serveStale: { maxStaleSeconds: 0, answerTtlSeconds: 10 },
    },
    'spec.server.resources': { requests: { cpu: 2, memory: '2100Mi' }, limits: { cpu: '4', memory: '4Gi' } },
    'spec.service': {
      type: 'LoadBalancer',
      clusterIP: '198.19.0.53',
      loadBalancerClass: 'example.com/internal',
      nodePort: 30053,
      annotations: { 'example.com/scheme': 'internal' },
      externalTrafficPolicy: 'Local',
      internalTrafficPolicy: 'Local',
      ipFamilyPolicy: 'PreferDualStack',
      ipFamilies: ['IPv4', 'IPv6'],
    },
    'spec.rollout.pauseSeconds': 0,
    'spec.regions': [
      {
        name: 'eu',
        pops: [
          {
            name: 'eu-west-1',
            minServers: 1,
            maxServers: 1,
            placement: {
              nodeSelector: { 'topology.kubernetes.io/region': 'eu-west-1', empty: '' },
              affinity: {
                nodeAffinity: {
                  requiredDuringSchedulingIgnoredDuringExecution: {
                    nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }],
                  },
                  preferredDuringSchedulingIgnoredDuringExecution: [
                    { weight: 1, preference: { matchExpressions: [{ key: 'cores', operator: 'Gt', values: ['4'] }] } },
                  ],
                },
                podAntiAffinity: {
                  preferredDuringSchedulingIgnoredDuringExecution: [
                    {
                      weight: 100,
                      podAffinityTerm: {
                        topologyKey: 'kubernetes.io/hostname',
                        labelSelector: { matchLabels: { app: 'noisy' } },
                        namespaceSelector: {},
                      },
                    },
                  ],
                },
              },
              tolerations: [
                { operator: 'Exists' },
                { key: 'dedicated', value: 'dns', effect: 'NoExecute', tolerationSeconds: 60 },
              ],
              priorityClassName: 'system-cluster-critical',
              spread: { nodes: 'Required', zones: 'None' },
            },
          },
          { name: 'eu-central-1' },
        ],
      },
      { name: 'us' },
    ],
  }),
  'dual stack': changed(minimalFleet, {
    'spec.access.allow': ['10.0.0.0/8', 'fd00::/8'],
    'spec.service': { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] },
    'spec.upstreams.servers': [{ address: '2001:db8::53' }, { address: '192.0.2.53' }],
  }),
  'recursive from the root of the Internet': changed(minimalFleet, { 'spec.upstreams': { mode: 'Recursive' } }),
  'recursive from a private root': changed(minimalFleet, {
    'spec.upstreams': {
      mode: 'Recursive',
      servers: [],
      rootHints: [{ name: 'a.root.example', addresses: ['10.9.0.1', 'fd00::9:1'] }],
      zones: [{ name: 'corp.example', mode: 'Stub', servers: [{ address: '10.1.0.53' }] }],
    },
  }),
  'node port': changed(minimalFleet, { 'spec.service': { type: 'NodePort', nodePort: 30053 } }),
  'a public resolver behind a load balancer': changed(minimalFleet, {
    'spec.service': { type: 'LoadBalancer' },
    'spec.access.allow': ['0.0.0.0/0', '::/0'],
  }),
  'names as long as they may be': changed(minimalFleet, {
    'metadata.name': `a${'-b'.repeat(14)}c`,
    'spec.regions': [{ name: 'r'.repeat(40), pops: [{ name: 'p'.repeat(15) }] }],
  }),
  'sixteen regions of thirty-two PoPs': changed(minimalFleet, {
    'spec.regions': Array.from({ length: 16 }, (_, r) => ({
      name: `region-${r}`,
      pops: Array.from({ length: 32 }, (_, p) => ({ name: `pop-${r}-${p}` })),
    })),
  }),
  'the most zones': changed(minimalFleet, {
    'spec.upstreams.zones': Array.from({ length: 256 }, (_, i) => ({
      name: `zone-${i}.${'long-label.'.repeat(20)}example`,
      servers: Array.from({ length: 16 }, (_, s) => ({ address: `10.${s}.0.53`, tlsServerName: 'dns.example.net' })),
    })),
    'spec.upstreams.localZones': Array.from({ length: 256 }, (_, i) => ({ name: `local-${i}.example` })),
    'spec.access.allow': Array.from({ length: 256 }, (_, i) => `10.${i}.0.0/16`),
  }),
  'a pool of a person who scales it': changed(minimalPool, { 'spec.replicas': 1000, 'spec.state': 'Retiring' }),
};

/** The spec of a fleet that sets every field. */
export const fullSpec = {
  engine: { threads: 4, extraConfig: 'prefetch: yes' },
  listeners: { dns: { port: 5353 } },
  access: { allow: ['10.0.0.0/8', '2001:db8::/32'] },
  upstreams: {
    mode: 'Recursive',
    rootHints: [{ name: 'a.root.example.', addresses: ['192.0.2.1', '2001:db8::1'] }],
    zones: [
      { name: 'corp.example', mode: 'Forward', servers: [{ address: '10.1.0.53', port: 5353 }] },
      { name: '10.in-addr.arpa', mode: 'Stub', servers: [{ address: '10.1.0.54', tlsServerName: 'dns.example' }] },
    ],
    localZones: [{ name: 'local.example', type: 'Static', records: ['www.local.example. 300 IN A 192.0.2.9'] }],
  },
  cache: { size: '1Gi', minTtlSeconds: 5, maxTtlSeconds: 3600, serveStale: { maxStaleSeconds: 0 } },
  server: { resources: { requests: { cpu: 2, memory: '2Gi' }, limits: { memory: '3Gi' } }, capacityQps: 100_000 },
  autoscaling: { mode: 'External', scaleUpThresholdPercent: 60, scaleDownThresholdPercent: 20, cooldownSeconds: 600 },
  capacity: { redundancy: 1 },
  service: {
    type: 'LoadBalancer',
    clusterIP: '198.19.0.53',
    loadBalancerClass: 'example.com/lb',
    nodePort: 30053,
    annotations: { 'example.com/pool': 'dns' },
    ipFamilyPolicy: 'PreferDualStack',
    ipFamilies: ['IPv4', 'IPv6'],
  },
  regions: [
    {
      name: 'eu',
      pops: [
        {
          name: 'eu-west-1',
          minServers: 2,
          maxServers: 8,
          placement: {
            nodeSelector: { 'topology.kubernetes.io/region': 'eu-west-1' },
            affinity: {
              nodeAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: {
                  nodeSelectorTerms: [{ matchExpressions: [{ key: 'dns', operator: 'Exists' }] }],
                },
              },
            },
            tolerations: [{ key: 'dns', operator: 'Exists', effect: 'NoSchedule' }],
            priorityClassName: 'system-cluster-critical',
            spread: { nodes: 'Required', zones: 'None' },
          },
        },
      ],
    },
  ],
};

/** Wrong manifests that the API server refuses: Services, sizes, names, PoPs and their placement. */
import type { BadManifest } from './bad-manifest.js';
import type { Changes } from './manifest.js';

const firstPop = 'spec.regions[0].pops';
const toleration = `${firstPop}[0].placement.tolerations[0]`;

/** A fleet with one PoP with this placement. */
const placed = (placement: object): Changes => ({ [firstPop]: [{ name: 'eu-1', placement }] });

export const badFleets: readonly BadManifest[] = [
  {
    title: 'a public Service with no ACL',
    changes: { 'spec.service.type': 'LoadBalancer', 'spec.access.allow': [] },
    field: 'spec.access.allow',
    remedy: 'must list the networks of the clients',
  },
  {
    title: 'a traffic policy that hides the clients',
    changes: { 'spec.service': { type: 'NodePort', externalTrafficPolicy: 'Cluster' } },
    field: 'spec.service.externalTrafficPolicy',
    remedy: 'must be Local',
  },
  {
    title: 'an external traffic policy on a ClusterIP',
    changes: { 'spec.service.externalTrafficPolicy': 'Local' },
    field: 'spec.service.externalTrafficPolicy',
    remedy: 'may be set only when `type` is NodePort or LoadBalancer',
  },
  {
    title: 'a node port on a ClusterIP',
    changes: { 'spec.service.nodePort': 30053 },
    field: 'spec.service.nodePort',
    remedy: 'may be set only when `type` is NodePort or LoadBalancer',
  },
  {
    title: 'a load balancer class on a NodePort',
    changes: { 'spec.service': { type: 'NodePort', loadBalancerClass: 'example.com/internal' } },
    field: 'spec.service.loadBalancerClass',
    remedy: 'may be set only when `type` is LoadBalancer',
  },
  {
    title: 'a load balancer class with blanks',
    changes: { 'spec.service': { type: 'LoadBalancer', loadBalancerClass: 'my class' } },
    field: 'spec.service.loadBalancerClass',
    remedy: "such as 'example.com/internal'",
  },
  {
    title: 'a headless Service',
    changes: { 'spec.service.clusterIP': 'None' },
    field: 'spec.service.clusterIP',
    remedy: 'must be an IPv4 or IPv6 address',
  },
  {
    title: 'a fixed address of the other family',
    changes: { 'spec.service': { clusterIP: '198.19.0.53', ipFamilies: ['IPv6'] } },
    field: 'spec.service.clusterIP',
    remedy: 'must be an address of the first of `ipFamilies`',
  },
  {
    title: 'two families on a single stack',
    changes: { 'spec.service': { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4', 'IPv6'] } },
    field: 'spec.service.ipFamilies',
    remedy: 'must name one family when `ipFamilyPolicy` is SingleStack',
  },
  {
    title: 'an annotation key with a blank',
    changes: { 'spec.service.annotations': { 'my scheme': 'internal' } },
    field: 'spec.service.annotations',
    remedy: "must have keys such as 'example.com/scheme'",
  },
  {
    title: 'a port of 0',
    changes: { 'spec.listeners.dns.port': 0 },
    field: 'spec.listeners.dns.port',
    remedy: 'should be greater than or equal to 1',
  },
  {
    title: 'a least TTL above the greatest',
    changes: { 'spec.cache': { minTtlSeconds: 600, maxTtlSeconds: 60 } },
    field: 'spec.cache.minTtlSeconds',
    remedy: 'must not exceed `maxTtlSeconds`',
  },
  {
    title: 'a cache size that is no quantity',
    changes: { 'spec.cache.size': '128 MB' },
    field: 'spec.cache.size',
    remedy: "must be a quantity, such as '128Mi'",
  },
  {
    title: 'a cache size without unit',
    changes: { 'spec.cache.size': 128 },
    field: 'spec.cache.size',
    remedy: "must be from '1Mi' to '1Ti'",
  },
  {
    title: 'a cache that the memory request does not hold',
    changes: { 'spec.cache.size': '1Gi' },
    field: 'spec.server.resources.requests.memory',
    remedy: 'raise it or lower `cache.size`',
  },
  {
    title: 'threads that do not fit into the memory beside the cache',
    changes: { 'spec.engine.threads': 4, 'spec.cache.size': '128Mi', 'spec.server.resources.requests.memory': '256Mi' },
    field: 'spec.server.resources.requests.memory',
    remedy: 'raise it or lower `cache.size`',
  },
  {
    title: 'a TTL of 0 for stale answers',
    changes: { 'spec.cache.serveStale.answerTtlSeconds': 0 },
    field: 'spec.cache.serveStale.answerTtlSeconds',
    remedy: 'should be greater than or equal to 1',
  },
  {
    title: 'a CPU request above its limit',
    changes: { 'spec.server.resources': { requests: { cpu: 2 }, limits: { cpu: '1500m' } } },
    field: 'spec.server.resources.requests.cpu',
    remedy: 'lower the request or raise the limit',
  },
  {
    title: 'a memory request above its limit',
    changes: { 'spec.server.resources': { requests: { memory: '1Gi' }, limits: { memory: '1G' } } },
    field: 'spec.server.resources.requests.memory',
    remedy: 'lower the request or raise the limit',
  },
  {
    title: 'memory in thousandths of a byte',
    changes: { 'spec.server.resources.requests.memory': '512m' },
    field: 'spec.server.resources.requests.memory',
    remedy: "must be from '32Mi' to '16Ti'",
  },
  {
    title: 'an engine that is not offered',
    changes: { 'spec.engine.type': 'Bind' },
    field: 'spec.engine.type',
    remedy: 'supported values: "Unbound"',
  },
  {
    title: 'threads as a word',
    changes: { 'spec.engine.threads': 'two' },
    field: 'spec.engine.threads',
    remedy: 'must be of type integer',
  },
  {
    title: 'more threads than an engine may have',
    changes: { 'spec.engine.threads': 65 },
    field: 'spec.engine.threads',
    remedy: 'should be less than or equal to 64',
  },
  {
    title: 'engine options without end',
    changes: { 'spec.engine.extraConfig': 'verbosity: 1\n'.repeat(400) },
    field: 'spec.engine.extraConfig',
    remedy: 'may not be more than 4096',
  },
  {
    title: 'a negative pause',
    changes: { 'spec.rollout.pauseSeconds': -1 },
    field: 'spec.rollout.pauseSeconds',
    remedy: 'should be greater than or equal to 0',
  },
  {
    title: 'a region in upper case',
    changes: { 'spec.regions': [{ name: 'EU' }] },
    field: 'spec.regions[0].name',
    remedy: "must be lower-case letters, digits and '-'",
  },
  {
    title: 'a PoP with an underscore',
    changes: { [firstPop]: [{ name: 'eu_west' }] },
    field: `${firstPop}[0].name`,
    remedy: "such as 'eu-west-1'",
  },
  {
    title: 'two PoPs of one name in one region',
    changes: { [firstPop]: [{ name: 'a' }, { name: 'a' }] },
    field: `${firstPop}[1]`,
    remedy: 'Duplicate value',
    notInZod: true,
  },
  {
    title: 'two PoPs of one name in two regions',
    changes: { 'spec.regions': ['eu', 'us'].map((name) => ({ name, pops: [{ name: 'west' }] })) },
    field: 'spec.regions',
    remedy: 'rename one',
  },
  {
    title: 'a PoP of the name of a region without PoPs',
    changes: { 'spec.regions': [{ name: 'eu', pops: [{ name: 'us' }] }, { name: 'us' }] },
    field: 'spec.regions',
    remedy: 'a region without `pops` is a PoP of the name of the region',
  },
  {
    title: 'a floor above the maximum',
    changes: { [firstPop]: [{ name: 'a', minServers: 11 }] },
    field: `${firstPop}[0].minServers`,
    remedy: 'must not exceed `maxServers`',
  },
  {
    title: 'a floor of 0',
    changes: { [firstPop]: [{ name: 'a', minServers: 0 }] },
    field: `${firstPop}[0].minServers`,
    remedy: 'should be greater than or equal to 1',
  },
  {
    title: 'a fleet whose name starts with a digit',
    changes: { 'metadata.name': '8888' },
    field: 'metadata.name',
    remedy: 'must start with a letter',
  },
  {
    title: 'a fleet whose name has a dot',
    changes: { 'metadata.name': 'dns.public' },
    field: 'metadata.name',
    remedy: "lower-case letters, digits and '-'",
  },
  {
    title: 'a fleet with a name of 41 characters',
    changes: { 'metadata.name': 'a'.repeat(41), 'spec.regions': [{ name: 'e' }] },
    field: 'metadata.name',
    remedy: 'at most 40',
  },
  {
    title: 'names that are too long for pods together',
    changes: { 'metadata.name': 'a'.repeat(30), [firstPop]: [{ name: 'b'.repeat(16) }] },
    field: 'metadata.name',
    remedy: 'must not have more than 45 characters together',
  },
  {
    title: 'a node label with a blank in its value',
    changes: placed({ nodeSelector: { disk: 'very fast' } }),
    field: `${firstPop}[0].placement.nodeSelector`,
    remedy: 'must have label values of letters',
  },
  {
    title: 'a node label with a blank in its key',
    changes: placed({ nodeSelector: { 'disk type': 'ssd' } }),
    field: `${firstPop}[0].placement.nodeSelector`,
    remedy: "must have label keys such as 'topology.kubernetes.io/region'",
  },
  {
    title: 'a misspelt affinity',
    changes: placed({ affinity: { podAntiAfinity: {} } }),
    field: `${firstPop}[0].placement.affinity.podAntiAfinity`,
    remedy: 'unknown field',
    notInZod: true,
  },
  {
    title: 'an affinity that compares with nothing',
    changes: placed({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In' }] }],
          },
        },
      },
    }),
    field: 'nodeSelectorTerms[0].matchExpressions[0].values',
    remedy: 'must have at least one value when `operator` is In or NotIn',
  },
  {
    title: 'a toleration of no key',
    changes: placed({ tolerations: [{ value: 'dns' }] }),
    field: `${toleration}.operator`,
    remedy: 'must be Exists when `key` is omitted',
  },
  {
    title: 'a toleration of a value that need only exist',
    changes: placed({ tolerations: [{ key: 'dedicated', operator: 'Exists', value: 'dns' }] }),
    field: `${toleration}.value`,
    remedy: 'must not be set when `operator` is Exists',
  },
  {
    title: 'a toleration for a time of what does not evict',
    changes: placed({ tolerations: [{ key: 'dedicated', effect: 'NoSchedule', tolerationSeconds: 60 }] }),
    field: `${toleration}.tolerationSeconds`,
    remedy: 'may be set only when `effect` is NoExecute',
  },
  {
    title: 'a spread that is not offered',
    changes: placed({ spread: { nodes: 'Always' } }),
    field: `${firstPop}[0].placement.spread.nodes`,
    remedy: 'supported values: "Required", "Preferred", "None"',
  },
  {
    title: 'a priority class with a blank',
    changes: placed({ priorityClassName: 'very high' }),
    field: `${firstPop}[0].placement.priorityClassName`,
    remedy: 'must be the name of a PriorityClass',
  },
  {
    title: 'a pool with a name of 47 characters',
    kind: 'DnsPool',
    changes: { 'metadata.name': 'a'.repeat(47) },
    field: 'metadata.name',
    remedy: 'at most 46',
  },
  {
    title: 'a pool scaled to nothing',
    kind: 'DnsPool',
    changes: { 'spec.replicas': 0 },
    field: 'spec.replicas',
    remedy: 'should be greater than or equal to 1',
  },
  {
    title: 'thresholds the wrong way round',
    changes: { 'spec.autoscaling': { scaleUpThresholdPercent: 30, scaleDownThresholdPercent: 70 } },
    field: 'spec.autoscaling.scaleDownThresholdPercent',
    remedy: 'must be below `scaleUpThresholdPercent`',
  },
  {
    title: 'a cool-down that is none',
    changes: { 'spec.autoscaling.cooldownSeconds': 5 },
    field: 'spec.autoscaling.cooldownSeconds',
    remedy: 'should be greater than or equal to 60',
  },
  {
    title: 'servers without capacity',
    changes: { 'spec.server.capacityQps': 0 },
    field: 'spec.server.capacityQps',
    remedy: 'must be a number of queries per second from 1 to 10000000',
  },
  {
    title: 'a capacity in a word that means nothing',
    changes: { 'spec.server.capacityQps': 'Plenty' },
    field: 'spec.server.capacityQps',
    remedy: "or the word 'Measured'",
  },
  {
    title: 'a capacity in quotes',
    changes: { 'spec.server.capacityQps': '20000' },
    field: 'spec.server.capacityQps',
    remedy: 'without quotes',
  },
  {
    title: 'a measured capacity without bounds',
    changes: { 'spec.server.capacityQps': 'Measured' },
    field: 'spec.server.measuredCapacity',
    remedy: 'must say `minQps` and `maxQps`',
  },
  {
    title: 'a measured capacity without its upper bound',
    changes: { 'spec.server': { capacityQps: 'Measured', measuredCapacity: { minQps: 1000 } } },
    field: 'spec.server.measuredCapacity.maxQps',
    remedy: 'equired',
  },
  {
    title: 'bounds of a measured capacity the wrong way round',
    changes: { 'spec.server': { capacityQps: 'Measured', measuredCapacity: { minQps: 2000, maxQps: 1000 } } },
    field: 'spec.server.measuredCapacity.minQps',
    remedy: 'must not exceed `maxQps`',
  },
  {
    title: 'bounds for a capacity that a person said',
    changes: { 'spec.server': { capacityQps: 1000, measuredCapacity: { minQps: 1000, maxQps: 2000 } } },
    field: 'spec.server.measuredCapacity',
    remedy: "must be left out unless `capacityQps` is 'Measured'",
  },
  {
    title: 'bounds of a capacity that nobody asked for',
    changes: { 'spec.server': { measuredCapacity: { minQps: 1000, maxQps: 2000 } } },
    field: 'spec.server.measuredCapacity',
    remedy: "must be left out unless `capacityQps` is 'Measured'",
  },
  {
    title: 'a scaler that is not offered',
    changes: { 'spec.autoscaling.mode': 'Automatic' },
    field: 'spec.autoscaling.mode',
    remedy: 'supported values: "Builtin", "External", "Disabled"',
  },
];

/** The Service that clients ask, and the address families of all Services of a fleet. */
import { z } from 'zod';
import { parseIp } from '../ip.js';
import { withRules } from './rules.js';
import { int32, ipAddress, listAtomic, matching, qualifiedName } from './schema.js';

export const ipFamilyFields = {
  ipFamilyPolicy: z
    .enum(['SingleStack', 'PreferDualStack', 'RequireDualStack'])
    .optional()
    .describe(
      'ipFamilyPolicy says whether Services have IPv4 and IPv6 addresses; the default of the cluster when omitted.',
    ),
  ipFamilies: z
    .array(z.enum(['IPv4', 'IPv6']))
    .min(1)
    .max(2)
    .optional()
    .meta(listAtomic)
    .describe('ipFamilies are the address families of Services in order of preference.'),
} as const;

const annotationsSchema = withRules(z.record(z.string(), z.string().max(4096)).meta({ maxProperties: 32 }), {
  rule: `self.all(k, k.matches('${qualifiedName}'))`,
  message: "must have keys such as 'example.com/scheme'",
  holds: (annotations) => Object.keys(annotations).every((key) => new RegExp(qualifiedName).test(key)),
});

export const serviceSchema = withRules(
  z.object({
    type: z
      .enum(['ClusterIP', 'NodePort', 'LoadBalancer'])
      .default('ClusterIP')
      .describe('type is the type of the Service.'),
    clusterIP: ipAddress()
      .optional()
      .describe(
        'clusterIP is a fixed address of the Service inside the cluster. A Service keeps its address, so it can be set only before the Service has one.',
      ),
    loadBalancerClass: matching(qualifiedName, 253, "must be a class of load balancers, such as 'example.com/internal'")
      .optional()
      .describe('loadBalancerClass chooses the implementation of a LoadBalancer.'),
    nodePort: int32(1, 65535)
      .optional()
      .describe('nodePort is a fixed port on every node, out of the range that the cluster has for them.'),
    annotations: annotationsSchema.optional().describe('annotations are put on the Service.'),
    externalTrafficPolicy: z
      .enum(['Local', 'Cluster'])
      .optional()
      .describe(
        'externalTrafficPolicy must be Local, and is when omitted, for NodePort and LoadBalancer: with Cluster the address of the client is lost and `access.allow` proves nothing.',
      ),
    internalTrafficPolicy: z
      .enum(['Local', 'Cluster'])
      .default('Cluster')
      .describe('internalTrafficPolicy is Local to keep queries from inside the cluster on their node.'),
    ...ipFamilyFields,
  }),
  {
    rule: "!has(self.externalTrafficPolicy) || (self.type != 'ClusterIP' && self.externalTrafficPolicy == 'Local')",
    message: '`externalTrafficPolicy` must be Local, and may be set only when `type` is NodePort or LoadBalancer',
    fieldPath: '.externalTrafficPolicy',
    holds: ({ type, externalTrafficPolicy: policy }) =>
      policy === undefined || (type !== 'ClusterIP' && policy === 'Local'),
  },
  {
    rule: "!has(self.nodePort) || self.type != 'ClusterIP'",
    message: '`nodePort` may be set only when `type` is NodePort or LoadBalancer',
    fieldPath: '.nodePort',
    reason: 'FieldValueForbidden',
    holds: ({ type, nodePort }) => nodePort === undefined || type !== 'ClusterIP',
  },
  {
    rule: "!has(self.loadBalancerClass) || self.type == 'LoadBalancer'",
    message: '`loadBalancerClass` may be set only when `type` is LoadBalancer',
    fieldPath: '.loadBalancerClass',
    reason: 'FieldValueForbidden',
    holds: ({ type, loadBalancerClass }) => loadBalancerClass === undefined || type === 'LoadBalancer',
  },
  {
    rule: "!has(self.ipFamilies) || self.ipFamilies.size() < 2 || (self.ipFamilies[0] != self.ipFamilies[1] && (!has(self.ipFamilyPolicy) || self.ipFamilyPolicy != 'SingleStack'))",
    message: '`ipFamilies` must name one family when `ipFamilyPolicy` is SingleStack, and no family twice otherwise',
    fieldPath: '.ipFamilies',
    holds: ({ ipFamilies = [], ipFamilyPolicy }) =>
      ipFamilies.length < 2 || (ipFamilies[0] !== ipFamilies[1] && ipFamilyPolicy !== 'SingleStack'),
  },
  {
    rule: "!has(self.clusterIP) || !has(self.ipFamilies) || !isIP(self.clusterIP) || (ip(self.clusterIP).family() == 4) == (self.ipFamilies[0] == 'IPv4')",
    message: '`clusterIP` must be an address of the first of `ipFamilies`',
    fieldPath: '.clusterIP',
    holds: ({ clusterIP = '', ipFamilies }) => {
      const family = parseIp(clusterIP)?.family;
      return family === undefined || ipFamilies === undefined || `IPv${family}` === ipFamilies[0];
    },
  },
);

export type Service = z.infer<typeof serviceSchema>;

/** Configurations that tests start from. */
import type { ResolverConfig } from '../src/contract/resolver-config.js';
import type { HostFacts } from '../src/engines/engine.js';

/** A configuration that forwards everything to `port` on 127.0.0.1. */
export function configFor(port: number, changes: Partial<ResolverConfig> = {}): ResolverConfig {
  return {
    revision: 1,
    access: { allow: [] },
    upstreams: { mode: 'Forward', servers: [{ address: '127.0.0.1', port }], zones: [], localZones: [] },
    cache: { sizeBytes: 64 << 20, minTtlSeconds: 0, maxTtlSeconds: 86400 },
    extraConfig: '',
    drain: { lameDuckSeconds: 0, quietPeriodSeconds: 1, timeoutSeconds: 20 },
    ...changes,
  };
}

/** Upstreams that forward everything to `port` on 127.0.0.1, with `changes`. */
export const forwardTo = (
  port: number,
  changes: Partial<ResolverConfig['upstreams']> = {},
): ResolverConfig['upstreams'] => ({
  ...configFor(port).upstreams,
  ...changes,
});

/** The facts of a pod whose engine listens on loopback. */
export const testFacts: HostFacts = {
  identity: 'pool-7d9f-abcde',
  threads: 1,
  listen: ['127.0.0.1', '::1'],
  port: 5353,
  ipv6: true,
  runDirectory: '/run/dnsfleet',
  certificateBundle: '/etc/ssl/certs/ca-certificates.crt',
};

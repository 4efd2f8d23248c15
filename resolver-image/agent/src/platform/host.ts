/** Reads what is fixed for the life of the pod. Separate because it is the only place that looks at the node. */
import { readFileSync } from 'node:fs';
import type { HostFacts } from '../engines/engine.js';
import { type Environment, integerFrom } from './paths.js';

/** Whether the pod has IPv6 at all; the kernel lists its addresses, one a line, `::1` among them. */
export function hasIpv6(): boolean {
  try {
    return readFileSync('/proc/net/if_inet6', 'utf8').trim() !== '';
  } catch {
    // No such file: the kernel has IPv6 switched off.
    return false;
  }
}

/**
 * The facts of this pod. Throws if POD_NAME is not set or a number is out of bounds.
 * DNSFLEET_LISTEN (addresses with commas) and DNSFLEET_DNS_PORT are for tests, which share one loopback.
 */
export function hostFacts(environment: Environment, runDirectory: string): HostFacts {
  const identity = environment['POD_NAME'];
  if (identity === undefined || identity === '') throw new Error('POD_NAME is not set: it is the name of the engine');
  const ipv6 = hasIpv6();
  return {
    identity,
    threads: integerFrom(environment, { name: 'DNSFLEET_THREADS', fallback: 1, min: 1, max: 64 }),
    listen: environment['DNSFLEET_LISTEN']?.split(',') ?? (ipv6 ? ['0.0.0.0', '::0'] : ['0.0.0.0']),
    port: integerFrom(environment, { name: 'DNSFLEET_DNS_PORT', fallback: 53, min: 1, max: 65535 }),
    ipv6,
    runDirectory,
    certificateBundle: environment['DNSFLEET_CERTIFICATES'] ?? '/etc/ssl/certs/ca-certificates.crt',
  };
}

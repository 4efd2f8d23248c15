/**
 * From a pool's spec to the configuration of its servers: everything that is applied at run time. All defaults are
 * spelt out, so that the text in the ConfigMap says all there is to know and a comparison needs no knowledge.
 */
import { z } from 'zod';
import type { DnsPoolSpec } from '../api/v1alpha1/dns-pool.js';
import { bytesOf } from '../api/quantity.js';
import { stableText } from '../planning/same.js';
import {
  type DrainSettings,
  parseResolverConfig,
  type ResolverConfig,
} from '../../../resolver-image/agent/src/contract/resolver-config.js';

/** A configuration without its revision: two pools of the same body are configured alike. */
export type ResolverConfigBody = Omit<ResolverConfig, 'revision'>;

/**
 * How a server takes its leave. While it is ready, kube-proxy sends it no new clients and keeps the way back of answers
 * to the old ones; not ready, that way is gone at once. So it stays ready until nobody asks and nobody waits, at most
 * 20 s: clients that use a port for longer (CoreDNS does for 10 s) are then moved. Behind a load balancer, which probes
 * every few seconds, it must be without queries for 30 s, so there the 20 s are always spent (design, section 6).
 */
const drainOf: Record<DnsPoolSpec['exposure'], DrainSettings> = {
  Cluster: { lameDuckSeconds: 20, quietPeriodSeconds: 5, timeoutSeconds: 120 },
  External: { lameDuckSeconds: 20, quietPeriodSeconds: 30, timeoutSeconds: 120 },
};

/** The configuration that `spec` asks for. Throws on a quantity that is none, which the API refuses. */
export function buildResolverConfig(spec: DnsPoolSpec): ResolverConfigBody {
  const { upstreams, cache } = spec;
  return {
    access: { allow: [...spec.access.allow] },
    upstreams: {
      mode: upstreams.mode,
      servers: (upstreams.servers ?? []).map((server) => ({ ...server })),
      ...(upstreams.rootHints && { rootHints: upstreams.rootHints.map((hint) => ({ ...hint })) }),
      zones: upstreams.zones.map((zone) => ({ ...zone })),
      localZones: upstreams.localZones.map((zone) => ({ ...zone })),
    },
    cache: {
      sizeBytes: bytesOf(cache.size),
      minTtlSeconds: cache.minTtlSeconds,
      maxTtlSeconds: cache.maxTtlSeconds,
      ...(cache.serveStale.maxStaleSeconds > 0 && { serveStale: { ...cache.serveStale } }),
    },
    extraConfig: spec.engine.extraConfig,
    drain: drainOf[spec.exposure],
  };
}

/** The exact text of `config.json`: keys sorted, so that the same configuration always has the same hash. */
export const renderResolverConfig = (body: ResolverConfigBody, revision: number): string =>
  `${stableText({ revision, ...body }, 2)}\n`;

/** `text`, a configuration that was rendered here or by another version, under another revision. Throws if it is no JSON object. */
export function withRevision(text: string, revision: number): string {
  const known = z.looseObject({}).parse(JSON.parse(text));
  return `${stableText({ ...known, revision }, 2)}\n`;
}

/** A published text taken apart; undefined if it is not a configuration of this version. */
export function readResolverConfig(text: string): { revision: number; body: ResolverConfigBody } | undefined {
  const parsed = parseResolverConfig(text);
  if (!parsed.ok) return undefined;
  const { revision, ...body } = parsed.config;
  return { revision, body };
}

/** The revision in a text, even one of another version; 0 if it has none. */
export function revisionOf(text: string): number {
  const match = /"revision":\s*([0-9]{1,15})\b/.exec(text);
  return Number(match?.[1] ?? 0);
}

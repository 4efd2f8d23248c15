/**
 * What the agents would not even read. The rules of the API are meant to leave nothing for it; where they do, a fleet is
 * refused before it is published, and not by each of its servers for ever. All PoPs of a fleet are configured alike.
 */
import type { DnsFleet } from '../api/v1alpha1/dns-fleet.js';
import { buildPool, listPops } from '../builders/pool.js';
import { buildResolverConfig, renderResolverConfig } from '../builders/resolver-config.js';
import { parseResolverConfig } from '../../../resolver-image/agent/src/contract/resolver-config.js';
import type { Problem } from './problem.js';

/** The problems of `fleet`, by its own fields. Throws on a quantity that is none, which the rules of the API refuse. */
export function contractProblems(fleet: DnsFleet): readonly Problem[] {
  const [placed] = listPops(fleet.spec.regions);
  if (!placed) return [];
  const { spec } = buildPool(fleet, placed, { image: '', imagePullPolicy: 'IfNotPresent' });
  const parsed = parseResolverConfig(renderResolverConfig(buildResolverConfig(spec), 0));
  if (parsed.ok) return [];
  return parsed.messages.map((message) => {
    const [path = '', ...rest] = message.split(': ');
    return { field: fieldOf(path), value: undefined, remedy: rest.join(': ') };
  });
}

/** `upstreams.servers.0.address` of a configuration is `spec.upstreams.servers[0].address` of a fleet. */
function fieldOf(path: string): string {
  const renamed: Readonly<Record<string, string>> = {
    extraConfig: 'engine.extraConfig',
    'cache.sizeBytes': 'cache.size',
  };
  return `spec.${(renamed[path] ?? path).replace(/[.]([0-9]+)/g, '[$1]')}`;
}

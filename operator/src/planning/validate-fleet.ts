/**
 * What is wrong with a fleet that its schema cannot say: names that others have, an upstream that is the fleet itself,
 * engine options, records. The rules of the schema are checked here too, for an object that the API server stored before
 * it knew them. The result ends in `Accepted=False`; a fleet that ran goes on with what it had.
 */
import { isSameIp } from '../api/ip.js';
import { type DnsFleet, dnsFleetSchema } from '../api/v1alpha1/dns-fleet.js';
import { popNames } from '../api/v1alpha1/names.js';
import { findViolations } from '../api/v1alpha1/rules.js';
import { canonicalName } from '../api/v1alpha1/upstreams.js';
import { parseExtraConfig } from '../../../resolver-image/agent/src/contract/extra-config.js';
import { contractProblems } from './contract-problems.js';
import { recordProblem } from './local-record.js';
import type { Problem } from './problem.js';

/** What the validation has to know of the rest of the namespace. */
export interface FleetFacts {
  /** Cluster addresses and load balancer addresses of the fleet's own Services, also those of its pools. */
  readonly serviceAddresses: readonly string[];
  /** All pools of the namespace, with the names of their fleets. */
  readonly pools: readonly { readonly name: string; readonly fleet: string }[];
  /** Names of the other fleets of the namespace. */
  readonly otherFleets: readonly string[];
}

/** All that is wrong with `fleet`, in the order of its spec; empty when it can be run. */
export function validateFleet(fleet: DnsFleet, facts: FleetFacts): readonly Problem[] {
  const problems = [
    ...ruleProblems(fleet),
    ...nameProblems(fleet, facts),
    ...extraConfigProblems(fleet),
    ...ownAddressProblems(fleet, facts),
    ...zoneProblems(fleet),
    ...recordProblems(fleet),
  ];
  return problems.length > 0 ? problems : contractProblems(fleet);
}

function ruleProblems(fleet: DnsFleet): readonly Problem[] {
  return findViolations(dnsFleetSchema, fleet, '').map(({ path, value, message }) => ({
    field: path.replace(/^\./, ''),
    value,
    remedy: message,
  }));
}

/** Whoever is first keeps the name: a pool that exists makes the later fleet wrong, not the one that owns it. */
function nameProblems(fleet: DnsFleet, { pools, otherFleets }: FleetFacts): readonly Problem[] {
  const own = fleet.metadata.name;
  const ownerOf = new Map(pools.map((pool) => [pool.name, pool.fleet]));
  const taken = ownerOf.get(own);
  const wanted = popNames(fleet.spec.regions).map((pop) => ({ pop, pool: `${own}-${pop}` }));
  return [
    ...(taken === undefined
      ? []
      : [
          {
            field: 'metadata.name',
            value: own,
            remedy: `is the name of a pool of fleet '${taken}': rename this fleet`,
          },
        ]),
    ...wanted.flatMap(({ pop, pool }): readonly Problem[] => {
      const owner = ownerOf.get(pool);
      const rival =
        owner === undefined && otherFleets.includes(pool) ? `fleet '${pool}'` : `a pool of fleet '${owner ?? ''}'`;
      const isFree = owner === own || (owner === undefined && !otherFleets.includes(pool));
      const remedy = `makes a pool called '${pool}', which is ${rival}: rename the PoP`;
      return isFree ? [] : [{ field: popField(fleet, pop), value: pop, remedy }];
    }),
  ];
}

/** The field that names a PoP. */
function popField(fleet: DnsFleet, name: string): string {
  const fields = fleet.spec.regions.flatMap(({ name: region, pops }, r) =>
    pops
      ? pops.map((pop, p) => ({ name: pop.name, field: `spec.regions[${r}].pops[${p}].name` }))
      : [{ name: region, field: `spec.regions[${r}].name` }],
  );
  return fields.find((field) => field.name === name)?.field ?? 'spec.regions';
}

function extraConfigProblems({ spec }: DnsFleet): readonly Problem[] {
  return parseExtraConfig(spec.engine.extraConfig).errors.map((error) => ({
    field: 'spec.engine.extraConfig',
    value: undefined,
    remedy: `line ${error.line}: ${error.message}`,
  }));
}

/** A fleet that asks itself answers nothing, and loads itself with its own queries. */
function ownAddressProblems({ spec }: DnsFleet, { serviceAddresses }: FleetFacts): readonly Problem[] {
  const own = [...serviceAddresses, ...(spec.service.clusterIP === undefined ? [] : [spec.service.clusterIP])];
  return upstreamAddresses(spec)
    .filter(({ address }) => own.some((other) => isSameIp(address, other)))
    .map(({ field, address }) => ({
      field,
      value: address,
      remedy: 'must not be an address of the Service of the fleet itself: name the server that has the answers',
    }));
}

/** Every address that the servers of the fleet would ask. */
function upstreamAddresses({ upstreams }: DnsFleet['spec']): readonly { field: string; address: string }[] {
  const path = 'spec.upstreams';
  const fieldsOf = (servers: readonly { readonly address: string }[], list: string) =>
    servers.map(({ address }, i) => ({ field: `${list}[${i}].address`, address }));
  return [
    ...fieldsOf(upstreams.servers ?? [], `${path}.servers`),
    ...upstreams.zones.flatMap((zone, z) => fieldsOf(zone.servers, `${path}.zones[${z}].servers`)),
    ...(upstreams.rootHints ?? []).flatMap((hint, h) =>
      hint.addresses.map((address, i) => ({ field: `${path}.rootHints[${h}].addresses[${i}]`, address })),
    ),
  ];
}

/** The API server tells zones apart by the letter; DNS does not by case, nor by the final dot. */
function zoneProblems({ spec: { upstreams } }: DnsFleet): readonly Problem[] {
  return (['zones', 'localZones'] as const).flatMap((list) => {
    const names = upstreams[list].map((zone) => canonicalName(zone.name));
    return upstreams[list].flatMap(({ name }, i): readonly Problem[] => {
      const first = names.indexOf(canonicalName(name));
      const remedy = `is the same zone as \`${list}[${first}]\`: remove one of the two`;
      return first === i ? [] : [{ field: `spec.upstreams.${list}[${i}].name`, value: name, remedy }];
    });
  });
}

function recordProblems({ spec: { upstreams } }: DnsFleet): readonly Problem[] {
  return upstreams.localZones.flatMap((zone, z) =>
    zone.records.flatMap((record, r): readonly Problem[] => {
      const remedy = recordProblem(record, zone);
      const field = `spec.upstreams.localZones[${z}].records[${r}]`;
      return remedy === undefined ? [] : [{ field, value: record, remedy }];
    }),
  );
}

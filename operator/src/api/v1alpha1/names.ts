/** How long names may be, and which they are: children of a fleet and of a pool are named after them. */
import type { Rule } from './rules.js';

/** The name of a fleet is a label's value, and its pools repeat it in front of the name of the PoP. */
export const maxFleetNameLength = 40;

/**
 * The API server cuts the generated name of a pod to 63 characters, 5 of them random; before those stand the name of the
 * Deployment (ours), '-', a hash of up to 10 characters and '-'.
 */
export const maxPoolNameLength = 63 - 5 - 12;

/** The PoPs of a region as far as their names matter; a region without `pops` is one PoP of its own name. */
export interface NamedRegion {
  readonly name: string;
  readonly pops?: readonly { readonly name: string }[] | undefined;
}

/** The names of all PoPs in the order of the spec. */
export function popNames(regions: readonly NamedRegion[]): readonly string[] {
  return regions.flatMap((region) => region.pops?.map((pop) => pop.name) ?? [region.name]);
}

interface Named {
  readonly metadata: { readonly name: string };
}

/** The Service of a fleet bears its name: a DNS label that starts with a letter (RFC 1035). */
export const fleetNameIsServiceName: Rule<Named> = {
  rule: `self.metadata.name.matches('^[a-z]([-a-z0-9]{0,${maxFleetNameLength - 2}}[a-z0-9])?$')`,
  message: `\`metadata.name\` must start with a letter and have at most ${maxFleetNameLength} lower-case letters, digits and '-', such as 'public': the Service of the fleet bears the name`,
  fieldPath: '.metadata.name',
  holds: ({ metadata }) => metadata.name.length <= maxFleetNameLength && isServiceName(metadata.name),
};

/** `<fleet>-<pop>` must be short enough for the pods of the pool. */
export const poolNamesFit: Rule<Named & { readonly spec: { readonly regions: readonly NamedRegion[] } }> = {
  rule: `self.spec.regions.all(r, has(r.pops) ? r.pops.all(p, ${fits('p')}) : ${fits('r')})`,
  message: `\`metadata.name\` and the name of each PoP must not have more than ${maxPoolNameLength - 1} characters together, because pods are named after both: shorten one`,
  fieldPath: '.metadata.name',
  holds: ({ metadata, spec }) =>
    popNames(spec.regions).every((pop) => metadata.name.length + 1 + pop.length <= maxPoolNameLength),
};

/** The name of a pool is that of its Service and the stem of its pods' names. */
export const poolNameIsServiceName: Rule<Named> = {
  rule: `self.metadata.name.matches('^[a-z]([-a-z0-9]{0,${maxPoolNameLength - 2}}[a-z0-9])?$')`,
  message: `\`metadata.name\` must start with a letter and have at most ${maxPoolNameLength} lower-case letters, digits and '-', because the Service and the pods of the pool are named after it`,
  fieldPath: '.metadata.name',
  holds: ({ metadata }) => metadata.name.length <= maxPoolNameLength && isServiceName(metadata.name),
};

/** PoPs are told apart by name alone, whatever their region: their pools are called `<fleet>-<pop>`. */
export const popNamesAreUnique: Rule<readonly NamedRegion[]> = {
  rule: `self.all(a, self.all(b, a.name == b.name || !sets.intersects(${namesIn('a')}, ${namesIn('b')})))`,
  message:
    'must not have two PoPs of one name in different regions: rename one (a region without `pops` is a PoP of the name of the region)',
  holds: (regions) => new Set(popNames(regions)).size === popNames(regions).length,
};

function fits(pop: string): string {
  return `size(self.metadata.name) + size(${pop}.name) < ${maxPoolNameLength}`;
}

/** CEL for the names of the PoPs of a region. */
function namesIn(region: string): string {
  return `(has(${region}.pops) ? ${region}.pops.map(p, p.name) : [${region}.name])`;
}

function isServiceName(name: string): boolean {
  return /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name);
}

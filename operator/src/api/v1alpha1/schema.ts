/**
 * Building blocks of the API's zod schemas. A schema is written once; the CRD (structural schema, CEL rules), the
 * TypeScript types and the reference documentation are derived from it. What zod cannot say is carried as metadata
 * that the generator copies verbatim (`x-kubernetes-*`, `maxItems`, `format`).
 */
import { z } from 'zod';

/** A CEL rule of the CRD: the API server refuses an object for which `rule` is false, with `message`. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
  readonly messageExpression?: string;
  readonly fieldPath?: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate';
}

/** Metadata that attaches CEL rules to a schema node. */
export const rules = (...celRules: readonly CelRule[]) => ({ 'x-kubernetes-validations': celRules });

/** Metadata of a list whose entries are told apart by `keys`: server-side apply merges them by key. */
export const listMap = (...keys: readonly string[]) => ({
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': keys,
});

/** Metadata of a list without duplicates, merged as a set by server-side apply. */
export const listSet = { 'x-kubernetes-list-type': 'set' } as const;

/** Metadata of a list that is replaced as a whole. */
export const listAtomic = { 'x-kubernetes-list-type': 'atomic' } as const;

/** An int32 between `min` and `max`. */
export const int32 = (min: number, max: number) => z.int().min(min).max(max).meta({ format: 'int32' });

/** A Kubernetes quantity such as `512Mi` or `2`. */
export const quantity = () =>
  z.union([z.int(), z.string()]).meta({
    'x-kubernetes-int-or-string': true,
    pattern: '^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$',
    maxLength: 32,
  });

/** A DNS label (RFC 1123), usable as part of an object's name. */
export const label = (max = 63) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);

/** An IP address, IPv4 or IPv6, without brackets or zone. */
export const ipAddress = () =>
  z
    .string()
    .max(45)
    .meta(rules({ rule: 'isIP(self)', message: "must be an IPv4 or IPv6 address, such as '192.0.2.53'" }));

/** A network in CIDR notation. */
export const cidr = () =>
  z
    .string()
    .max(49)
    .meta(rules({ rule: 'isCIDR(self)', message: "must be a network in CIDR notation, such as '192.0.2.0/24'" }));

/** A domain name in presentation format; `.` is the root. Labels of letters, digits, `-` and `_` (RFC 2181 allows more; resolver zones need no more). */
export const domainName = () =>
  z
    .string()
    .min(1)
    .max(254)
    .regex(
      /^(\.|([A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?\.?)$/,
    );

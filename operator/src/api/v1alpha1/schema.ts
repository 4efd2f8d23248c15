/**
 * Building blocks of the API's zod schemas. A schema is written once; the CRD (structural schema, CEL rules), the
 * TypeScript types and the reference documentation are derived from it. What zod cannot say is carried as metadata
 * that the generator copies verbatim (`x-kubernetes-*`, `maxProperties`, `format`). Forms of strings are rules and not
 * patterns, because the API server answers to a broken pattern with the pattern, and to a broken rule with a sentence.
 */
import { z } from 'zod';
import { isMasked, parseCidr, parseIp } from '../ip.js';
import { compareQuantities, parseQuantity } from '../quantity.js';
import { withRules } from './rules.js';

/** Metadata of a list whose entries are told apart by `keys`: server-side apply merges them by key. */
export const listMap = (...keys: readonly string[]) => ({
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': keys,
});

/** Metadata of a list without duplicates, merged as a set by server-side apply. */
export const listSet = { 'x-kubernetes-list-type': 'set' } as const;

/** Metadata of a list that is replaced as a whole. */
export const listAtomic = { 'x-kubernetes-list-type': 'atomic' } as const;

/** The schema, with the value that an empty object of it would get as its default. */
export const defaulted = <S extends z.ZodObject>(schema: S) =>
  schema.default(() => schema.parse({}) as z.core.util.NoUndefined<z.output<S>>);

/** An int32 between `min` and `max`. */
export const int32 = (min: number, max: number) => z.int().min(min).max(max).meta({ format: 'int32' });

/** A moment, in RFC 3339 (ISO 8601). */
export const time = () => z.string().max(64).meta({ format: 'date-time' });

/** A string of 1 to `max` characters that matches a pattern of RE2; `message` says what is right. */
export const matching = (pattern: string, max: number, message: string) =>
  withRules(z.string().min(1).max(max), {
    rule: `self.matches('${pattern.replaceAll('\\', '\\\\')}')`,
    message,
    holds: (text) => new RegExp(pattern).test(text),
  });

/** A key of a label or annotation: a name, with or without a DNS name and '/' before it. */
export const qualifiedName = '^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$';

/** A Kubernetes quantity between `min` and `max` (inclusive), such as `512Mi` or `2`; `example` is for the message. */
export function quantity(bounds: { readonly min: string; readonly max: string; readonly example: string }) {
  const { min, max, example } = bounds;
  return withRules(
    z.union([z.int(), z.string()]).meta({ 'x-kubernetes-int-or-string': true, maxLength: 32 }),
    {
      rule: 'isQuantity(string(self))',
      message: `must be a quantity, such as '${example}'`,
      holds: (value) => parseQuantity(value) !== undefined,
    },
    {
      rule: `!isQuantity(string(self)) || (quantity(string(self)).compareTo(quantity('${min}')) >= 0 && quantity(string(self)).compareTo(quantity('${max}')) <= 0)`,
      message: `must be from '${min}' to '${max}', such as '${example}'`,
      holds: (value) =>
        parseQuantity(value) === undefined ||
        (compareQuantities(value, min) >= 0 && compareQuantities(value, max) <= 0),
    },
  );
}

/** A DNS label (RFC 1123), usable as part of an object's name. */
export const label = (max = 63) =>
  matching(
    '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
    max,
    "must be lower-case letters, digits and '-', with a letter or digit at both ends, such as 'eu-west-1'",
  );

/** An IP address, IPv4 or IPv6, without brackets or zone. */
export const ipAddress = () =>
  withRules(z.string().max(45), {
    rule: 'isIP(self)',
    message: "must be an IPv4 or IPv6 address without port or brackets, such as '192.0.2.53' or '2001:db8::53'",
    holds: (text) => parseIp(text) !== undefined,
  });

/** A network in CIDR notation. */
export const cidr = () =>
  withRules(
    z.string().max(49),
    {
      rule: 'isCIDR(self)',
      message:
        "must be a network in CIDR notation, such as '192.0.2.0/24' or '2001:db8::/32'; a single address is '192.0.2.1/32'",
      holds: (text) => parseCidr(text) !== undefined,
    },
    {
      rule: '!isCIDR(self) || cidr(self) == cidr(self).masked()',
      message: 'must be the first address of the network, with all bits beyond the prefix 0',
      messageExpression: "'must be the first address of the network: write %s'.format([string(cidr(self).masked())])",
      holds: (text) => {
        const network = parseCidr(text);
        return network === undefined || isMasked(network);
      },
    },
  );

/** A domain name in presentation format; labels of letters, digits, `-` and `_` (RFC 2181 allows more; resolvers need no more). */
export const domainName = () =>
  matching(
    '^([A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?[.])*[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?[.]?$',
    253,
    "must be a domain name of labels of at most 63 letters, digits, '-' and '_', such as 'corp.example'",
  );

const hostNameMessage =
  "must be a host name of labels of at most 63 letters, digits and '-', such as 'dns.example.net'";

/**
 * A host name, such as a certificate bears: a domain name without `_` and without the final dot. In two rules, because
 * the API server counts the cost of a pattern by its length, for every server of every zone.
 */
export const hostName = () =>
  withRules(matching('^[A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?$', 253, hostNameMessage), {
    rule: "!self.matches('[-.][.]|[.]-|[^.]{64}')",
    message: hostNameMessage,
    holds: (text) => !/[-.][.]|[.]-|[^.]{64}/.test(text),
  });

/**
 * The forms that strings of a configuration may take. Separate because they are the guard against injection: every
 * string that reaches an engine's configuration file passes one of these, so none can end a line or a quoted value.
 */
import { isIP } from 'node:net';
import { z } from 'zod';

const NAME =
  /^(\.|([A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?\.?)$/;

/** Whether `text` is an IPv4 or IPv6 address without brackets or zone identifier. */
export const isAddress = (text: string): boolean => isIP(text) !== 0 && !text.includes('%');

/** Whether `text` is a network such as `192.0.2.0/24` or `2001:db8::/32`. */
export function isNetwork(text: string): boolean {
  const match = /^([^/]+)\/(0|[1-9][0-9]{0,2})$/.exec(text);
  const address = match?.[1];
  if (address === undefined || !isAddress(address)) return false;
  return Number(match?.[2]) <= (isIP(address) === 4 ? 32 : 128);
}

/** Whether `text` is a domain name in presentation format, made of letters, digits, `-` and `_`; `.` is the root. */
export const isDomainName = (text: string): boolean => text.length <= 254 && NAME.test(text);

/** The one spelling of a domain name that is used in comparisons: lower case, with the final dot. */
export const canonicalName = (name: string): string => (name.endsWith('.') ? name : `${name}.`).toLowerCase();

/** Whether `name` is `zone` or lies below it; both in any spelling. */
export function isWithin(name: string, zone: string): boolean {
  const [child, parent] = [canonicalName(name), canonicalName(zone)];
  return parent === '.' || child === parent || child.endsWith(`.${parent}`);
}

export const address = () => z.string().refine(isAddress, 'must be an IPv4 or IPv6 address, such as 192.0.2.53');
export const network = () =>
  z.string().refine(isNetwork, 'must be a network in CIDR notation, such as 192.0.2.0/24 or 2001:db8::/32');
export const domainName = () =>
  z.string().refine(isDomainName, 'must be a domain name of letters, digits, `-` and `_`, such as corp.example');

/** One resource record in presentation format: printable ASCII on one line, so that quoting it is always possible. */
export const record = () =>
  z
    .string()
    .min(1)
    .max(512)
    .regex(/^[\x21-\x7e][\x20-\x7e]*$/, 'must be one line of printable ASCII that starts with the name of the record');

/**
 * Whether a resource record of a local zone can be one: `owner [ttl] [class] type rdata` (RFC 1035, section 5). The
 * engine's checker has the last word; this says earlier, and in terms of the field, what people get wrong.
 */
import { parseIp } from '../api/ip.js';
import { canonicalName, isDomainName, isWithin } from '../../../resolver-image/agent/src/contract/text.js';
import type { LocalZone } from '../api/v1alpha1/upstreams.js';

/** What the data of a type must look like; `says` completes "the data of an X record must be ...". */
interface Data {
  readonly says: string;
  readonly fits: (fields: readonly string[], text: string) => boolean;
}

const isNumber = (text: string | undefined, max: number) => /^[0-9]{1,10}$/.test(text ?? '') && Number(text) <= max;
const isName = (text: string | undefined) => text !== undefined && isDomainName(text);
const name: Data = {
  says: "one domain name, such as 'www.corp.example.'",
  fits: (fields) => fields.length === 1 && isName(fields[0]),
};
/** Character strings of at most 255 characters, quoted or without blanks. */
const strings = /^(("([^"\\]|\\.){0,255}"|[^\s"]{1,255})\s*)+$/;
const any: Data = { says: 'given', fits: (fields) => fields.length > 0 };

const types: ReadonlyMap<string, Data> = new Map<string, Data>([
  ['A', { says: "an IPv4 address, such as '192.0.2.1'", fits: ([ip = '', rest]) => isIp(ip, 4) && rest === undefined }],
  [
    'AAAA',
    { says: "an IPv6 address, such as '2001:db8::1'", fits: ([ip = '', rest]) => isIp(ip, 6) && rest === undefined },
  ],
  ['CNAME', name],
  ['DNAME', name],
  ['NS', name],
  ['PTR', name],
  [
    'MX',
    {
      says: "a preference and a domain name, such as '10 mail.corp.example.'",
      fits: ([preference, host, rest]) => isNumber(preference, 65535) && isName(host) && rest === undefined,
    },
  ],
  [
    'SRV',
    {
      says: "priority, weight, port and a domain name, such as '0 5 5060 sip.corp.example.'",
      fits: ([priority, weight, port, host, rest]) =>
        [priority, weight, port].every((field) => isNumber(field, 65535)) && isName(host) && rest === undefined,
    },
  ],
  ['TXT', { says: 'strings of at most 255 characters, in double quotes', fits: (_, text) => strings.test(text) }],
  [
    'SOA',
    {
      says: 'two domain names and five numbers (serial, refresh, retry, expire, minimum)',
      fits: (fields) =>
        fields.length === 7 &&
        fields.slice(0, 2).every(isName) &&
        fields.slice(2).every((field) => isNumber(field, 2 ** 32 - 1)),
    },
  ],
  ...['CAA', 'DS', 'DNSKEY', 'HINFO', 'HTTPS', 'LOC', 'NAPTR', 'RP', 'SSHFP', 'SVCB', 'TLSA', 'URI'].map(
    (type) => [type, any] as const,
  ),
]);

/** What is wrong with `record` in `zone`, as a remedy; undefined when nothing is. */
export function recordProblem(record: string, zone: Pick<LocalZone, 'name' | 'type'>): string | undefined {
  if (!/^[\x21-\x7e][\x20-\x7e]*$/.test(record)) {
    return "must be one line of printable ASCII that starts with the name, such as 'www.corp.example. 300 IN A 192.0.2.1'";
  }
  const match = /^(\S+)\s+(?:([0-9]\w*)\s+)?(?:(IN|CH|HS)\s+)?([A-Za-z][A-Za-z0-9]*)(?:\s+(.*))?$/i.exec(record);
  if (!match) return "must be of the form 'name TTL class type data', such as 'www.corp.example. 300 IN A 192.0.2.1'";
  const [, owner = '', ttl = '0', recordClass = 'IN', type = '', data = ''] = match;
  return (
    ownerProblem(owner, zone) ??
    (isNumber(ttl, 2147483647) ? undefined : 'must have a TTL in seconds from 0 to 2147483647') ??
    (recordClass.toUpperCase() === 'IN' ? undefined : 'must be of class IN') ??
    dataProblem(type.toUpperCase(), data.trim())
  );
}

function ownerProblem(owner: string, zone: Pick<LocalZone, 'name' | 'type'>): string | undefined {
  if (!isDomainName(owner.replace(/^[*]\./, ''))) return 'must start with a domain name';
  if (!isWithin(owner, zone.name)) return `must be named at or below '${zone.name}': write the full name`;
  if (zone.type === 'Redirect' && canonicalName(owner) !== canonicalName(zone.name)) {
    return `must be named '${zone.name}' itself, as the zone has \`type\` Redirect; use Static or Transparent for other names`;
  }
  return undefined;
}

function dataProblem(type: string, data: string): string | undefined {
  const known = types.get(type) ?? (/^TYPE[0-9]{1,5}$/.test(type) ? any : undefined);
  if (!known) return `must have a known record type; '${type}' is none (RFC 3597 writes unknown ones as TYPE65535)`;
  const fields = data === '' ? [] : data.split(/\s+/);
  return known.fits(fields, data)
    ? undefined
    : `must have data that fits: the data of a ${type} record must be ${known.says}`;
}

function isIp(text: string, family: 4 | 6): boolean {
  return parseIp(text)?.family === family;
}

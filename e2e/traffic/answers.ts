/**
 * Decides the answer to one decoded query. Pure: sockets, waiting and counting are in upstream.ts.
 */
import dnsPacket from 'dns-packet';
import type { Answer, DecodedPacket, Packet, Question } from 'dns-packet';
import { address6Of, addressOf, largeTextOf, ruleOf } from './names.js';
import type { NameRule } from './names.js';
import { addressType, canonical, delegates, delegationOf, isWithin, serverOf } from './zones.js';
import type { Zone } from './zones.js';

/** What one listener knows when a query arrives. */
export interface Listener {
  /** Answer of `whoami` names: tells a test which upstream answered. */
  readonly tag: string;
  /** The zone served here; none for a forwarder's upstream, which answers for every name. */
  readonly zone?: Zone | undefined;
  /** All zones of the private root, from which delegations follow. */
  readonly zones: readonly Zone[];
  /** Out of a hundred names without a `slow` label, how many are slow. */
  readonly slowPercent: number;
}

/** An answer before it is put on the wire. */
export interface Reply {
  readonly packet: Packet;
  /** The largest UDP answer that the client takes, in bytes: its EDNS size, or 512 (RFC 1035). */
  readonly maxUdpBytes: number;
  readonly slow: boolean;
  /** What is counted: the content of the name, or `referral`, `refused`, `empty`. */
  readonly pattern: string;
}

interface Body {
  readonly rcode: number;
  readonly pattern: string;
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
  readonly authoritative?: boolean;
  readonly slow?: boolean;
}

const rcodes = { noError: 0, servFail: 2, nxDomain: 3, refused: 5 } as const;
const ednsBytes = 1232;
const delegationTtlSeconds = 3600;

/** Answers `query` as `listener` would. Returns undefined for what is no query with exactly one question. */
export function answerTo(query: DecodedPacket, listener: Listener): Reply | undefined {
  const question = query.questions?.[0];
  if (query.type !== 'query' || !question || query.questions?.length !== 1) return undefined;
  const body = listener.zone ? fromZone(question, listener.zone, listener) : fromNames(question, listener);
  const edns = query.additionals?.find((record) => record.type === 'OPT');
  const recursion = dnsPacket.RECURSION_DESIRED & (query.flags ?? 0);
  // A forwarder takes an answer for complete only from a server that offers recursion.
  const kind = listener.zone
    ? body.authoritative === false
      ? 0
      : dnsPacket.AUTHORITATIVE_ANSWER
    : dnsPacket.RECURSION_AVAILABLE;
  return {
    packet: {
      type: 'response',
      id: query.id,
      flags: recursion | kind | body.rcode,
      questions: [question],
      answers: [...(body.answers ?? [])],
      authorities: [...(body.authorities ?? [])],
      additionals: [...(body.additionals ?? []), ...(edns ? [optRecord()] : [])],
    },
    maxUdpBytes: edns ? Math.max(512, edns.udpPayloadSize) : 512,
    slow: body.slow ?? false,
    pattern: body.pattern,
  };
}

/** The bytes of a reply over UDP: cut down to header, question and TC where it is larger than the client takes. */
export function encodeUdp(reply: Reply): Buffer {
  const whole = dnsPacket.encode(reply.packet);
  if (whole.length <= reply.maxUdpBytes) return whole;
  const { packet } = reply;
  return dnsPacket.encode({
    ...packet,
    flags: (packet.flags ?? 0) | dnsPacket.TRUNCATED_RESPONSE,
    answers: [],
    authorities: [],
    additionals: packet.additionals?.filter((record) => record.type === 'OPT') ?? [],
  });
}

function fromZone(question: Question, zone: Zone, listener: Listener): Body {
  const name = canonical(question.name);
  if (!isWithin(name, zone.origin)) return { rcode: rcodes.refused, pattern: 'refused' };
  const cut = delegationOf(name, zone, listener.zones);
  if (cut) {
    return {
      rcode: rcodes.noError,
      pattern: 'referral',
      authoritative: false,
      authorities: [nameServer(cut.origin, cut.server)],
      additionals: [address(cut.server, cut.address)],
    };
  }
  const server = serverOf(zone);
  if (name === zone.origin && question.type === 'NS') {
    return {
      rcode: rcodes.noError,
      pattern: 'apex',
      answers: [nameServer(zone.origin, server)],
      additionals: [address(server, zone.address)],
    };
  }
  if (name === server) {
    const matches = question.type === addressType(zone.address);
    return matches
      ? { rcode: rcodes.noError, pattern: 'apex', answers: [address(server, zone.address)] }
      : empty(zone.origin, rcodes.noError);
  }
  if (name === zone.origin) return empty(zone.origin, rcodes.noError);
  if (delegates(zone, listener.zones)) return empty(zone.origin, rcodes.nxDomain);
  return fromNames(question, listener);
}

function fromNames(question: Question, listener: Listener): Body {
  const rule = ruleOf(question.name, listener.slowPercent);
  const origin = listener.zone?.origin ?? canonical(question.name).split('.').slice(1).join('.');
  const timing = { slow: rule.slow, pattern: rule.slow ? 'slow' : rule.content };
  if (rule.content === 'servfail') return { rcode: rcodes.servFail, ...timing };
  if (rule.content === 'nx') return { ...empty(origin, rcodes.nxDomain), ...timing };
  const record = recordOf(question, rule, listener.tag);
  return record
    ? { rcode: rcodes.noError, answers: [record], ...timing }
    : { ...empty(origin, rcodes.noError), ...timing };
}

function recordOf(question: Question, rule: NameRule, tag: string): Answer | undefined {
  const { name, type } = question;
  const ttl = rule.ttlSeconds;
  if (type === 'TXT' && rule.content === 'whoami') return { type, name, ttl, data: tag };
  if (type === 'TXT' && rule.content === 'large') return { type, name, ttl, data: [...largeTextOf(name)] };
  if (type === 'A') return { type, name, ttl, data: addressOf(name) };
  if (type === 'AAAA') return { type, name, ttl, data: address6Of(name) };
  return undefined;
}

function empty(origin: string, rcode: number): Body {
  const data = {
    mname: `ns.${origin}`,
    rname: `hostmaster.${origin}`,
    serial: 1,
    refresh: 3600,
    retry: 600,
    expire: 86400,
    minimum: 30,
  };
  return { rcode, pattern: 'empty', authorities: [{ type: 'SOA', name: origin || '.', ttl: 30, data }] };
}

function nameServer(origin: string, server: string): Answer {
  return { type: 'NS', name: origin || '.', ttl: delegationTtlSeconds, data: server };
}

function address(name: string, data: string): Answer {
  return { type: addressType(data), name, ttl: delegationTtlSeconds, data };
}

function optRecord(): Answer {
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: ednsBytes,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
}

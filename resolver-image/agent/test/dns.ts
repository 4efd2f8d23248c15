/** Asks one question, for tests that look at a single answer. */
import { createSocket } from 'node:dgram';
import { createConnection } from 'node:net';
import dnsPacket, { type DecodedPacket, type RecordType } from 'dns-packet';
import { systemRandom } from '../../../operator/src/runtime/clock.js';
import { frame, FrameReader } from '../../../e2e/traffic/tcp-frames.js';
import { type Upstream, startUpstream } from '../../../e2e/traffic/upstream.js';
import { clock } from './pod.js';

export interface Ask {
  readonly name: string;
  readonly type?: RecordType | 'ANY';
  readonly port: number;
  readonly address?: string;
  /** The client's own address, for questions about who may ask; UDP only. */
  readonly from?: string;
  readonly tcp?: boolean;
  readonly timeoutMs?: number;
  /** The EDNS size that is offered; no EDNS when omitted. */
  readonly edns?: number;
}

/** The answer. Throws after `timeoutMs` (5 s), or when nobody listens. */
export async function ask(question: Ask): Promise<DecodedPacket> {
  const { name, type = 'A', port, address = '127.0.0.1', tcp = false } = question;
  const id = Math.floor(systemRandom() * 0x10000);
  try {
    const answer = await (tcp ? overTcp : overUdp)(encodeQuery(question, id), question);
    if (answer.id !== id) throw new Error('the answer is one to another query');
    return answer;
  } catch (error) {
    throw new Error(`ask ${type} ${name} at ${address}:${port}`, { cause: error });
  }
}

function encodeQuery({ name, type = 'A', edns }: Ask, id: number): Buffer {
  const packet = dnsPacket.encode({
    type: 'query',
    id,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ name, type: type === 'ANY' ? 'A' : type }],
    additionals: edns === undefined ? [] : [ednsRecord(edns)],
  });
  // The types of the library know no ANY. After the header come the name, with a length before each label and the
  // root's at the end, and the type.
  if (type === 'ANY') packet.writeUInt16BE(255, 12 + name.length + 2);
  return packet;
}

function overTcp(query: Buffer, { port, address = '127.0.0.1', timeoutMs = 5000 }: Ask): Promise<DecodedPacket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: address, port, signal: AbortSignal.timeout(timeoutMs) });
    const reader = new FrameReader();
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('the connection ended without an answer')));
    socket.on('connect', () => socket.write(frame(query)));
    socket.on('data', (chunk) => {
      const message = reader.push(chunk)[0];
      if (message === undefined) return;
      socket.destroy();
      resolve(dnsPacket.decode(message));
    });
  });
}

function overUdp(query: Buffer, question: Ask): Promise<DecodedPacket> {
  const { port, address = '127.0.0.1', from, timeoutMs = 5000 } = question;
  return new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    const finish = (settle: () => void) => {
      timer.cancel();
      socket.close();
      settle();
    };
    const timer = clock.setTimer(timeoutMs, () => finish(() => reject(new Error(`no answer within ${timeoutMs} ms`))));
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('message', (message) => finish(() => resolve(dnsPacket.decode(message))));
    socket.bind({ ...(from !== undefined && { address: from }) }, () => socket.send(query, port, address));
  });
}

const ednsRecord = (size: number) => ({
  type: 'OPT' as const,
  name: '.' as const,
  udpPayloadSize: size,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
});

/** The data of the first answer, as text; the response code if there is none. */
export async function firstAnswer(question: Ask): Promise<string> {
  const packet = await ask(question);
  const wanted = question.type ?? 'A';
  for (const record of packet.answers ?? []) {
    if (record.type === wanted && (record.type === 'A' || record.type === 'AAAA')) return record.data;
    if (record.type === wanted && record.type === 'TXT') return [record.data].flat().join('');
  }
  return rcodeOf(packet);
}

/** The response code by name, such as NOERROR. */
export const rcodeOf = (packet: DecodedPacket): string => ('rcode' in packet ? String(packet.rcode) : 'unknown');

/** The lowest time to live of the answers; -1 if there is none. */
export async function ttlOf(question: Ask): Promise<number> {
  const ttls = ((await ask(question)).answers ?? []).map((record) => ('ttl' in record ? (record.ttl ?? 0) : 0));
  return ttls.length === 0 ? -1 : Math.min(...ttls);
}

/** An upstream on loopback that answers every name; those below a label `slow` after `slowMs`. `tag` is what `whoami` names say. */
export function upstreamOn(tag: string, slowMs = 3000): Promise<Upstream> {
  const listen = [{ address: '127.0.0.1', port: 0 }];
  return startUpstream({ listen, zones: [], zonePort: 53, tag, slowPercent: 0, slowMs }, clock);
}

/** Its port. */
export function portOf(upstream: Upstream): number {
  const port = upstream.endpoints[0]?.port;
  if (port === undefined) throw new Error('the upstream has no endpoint');
  return port;
}

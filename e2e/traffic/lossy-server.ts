/**
 * A DNS server that loses what a test tells it to lose, and knows exactly how much that was: the counterpart against
 * which the generator's accounts are checked.
 */
import dgram from 'node:dgram';
import net from 'node:net';
import dnsPacket from 'dns-packet';
import { answerTo } from './answers.js';
import type { Endpoint } from './endpoint.js';
import { frame, FrameReader } from './tcp-frames.js';
import { canonical } from './zones.js';

/** What happens to one query: a TCP query that is `cut` takes its connection down with it. `truncated` is for UDP. */
export type Fate = 'answered' | 'dropped' | 'cut' | 'truncated';

/** Flags of an answer that is a question sent back: QR and TC. */
const responseTruncated = 0x8200;

/** A running lossy server on loopback. */
export interface LossyServer {
  readonly endpoint: Endpoint;
  /** Queries by what happened to them. */
  readonly counts: Readonly<Record<'udpAnswered' | 'udpDropped' | 'tcpAnswered' | 'tcpDropped' | 'tcpCut', number>>;
  close(): void;
}

/**
 * Starts the server; `fateOf` is told the transport, the name in lower case and how often the name was asked before.
 * @throws Error when no port is free for UDP and TCP alike
 */
export async function startLossyServer(
  fateOf: (transport: 'udp' | 'tcp', name: string, askedBefore: number) => Fate,
): Promise<LossyServer> {
  const counts = { udpAnswered: 0, udpDropped: 0, tcpAnswered: 0, tcpDropped: 0, tcpCut: 0 };
  const asked = new Map<string, number>();
  const judge = (transport: 'udp' | 'tcp', message: Buffer): { readonly fate: Fate; readonly reply: Buffer } => {
    const query = dnsPacket.decode(message);
    const name = canonical(query.questions?.[0]?.name ?? '');
    const before = asked.get(name) ?? 0;
    asked.set(name, before + 1);
    const reply = answerTo(query, { tag: 'lossy', zones: [], slowPercent: 0 });
    if (!reply) throw new Error(`answering '${name}': not a query`);
    return { fate: fateOf(transport, name, before), reply: dnsPacket.encode(reply.packet) };
  };

  const tcp = net.createServer((connection) => {
    const reader = new FrameReader();
    connection.on('error', () => connection.destroy());
    connection.on('data', (chunk) => {
      for (const message of reader.push(chunk)) {
        if (connection.destroyed) return;
        const { fate, reply } = judge('tcp', message);
        if (fate === 'answered') {
          counts.tcpAnswered += 1;
          connection.write(frame(reply));
        } else if (fate === 'dropped') {
          counts.tcpDropped += 1;
        } else {
          counts.tcpCut += 1;
          connection.destroy();
        }
      }
    });
  });
  await new Promise<void>((resolve, reject) => tcp.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = tcp.address();
  const port = typeof address === 'object' && address ? address.port : 0;

  const udp = dgram.createSocket('udp4');
  udp.on('message', (message, from) => {
    const { fate, reply } = judge('udp', message);
    if (fate === 'truncated') {
      const header = Buffer.from(message);
      header.writeUInt16BE(message.readUInt16BE(2) | responseTruncated, 2);
      udp.send(header, from.port, from.address);
      return;
    }
    if (fate !== 'answered') {
      counts.udpDropped += 1;
      return;
    }
    counts.udpAnswered += 1;
    udp.send(reply, from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => udp.once('error', reject).bind(port, '127.0.0.1', resolve));

  return {
    endpoint: { address: '127.0.0.1', port },
    counts,
    close: () => {
      udp.close();
      tcp.close();
    },
  };
}

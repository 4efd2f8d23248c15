/** An upstream on loopback that keeps some answers back until it is told to give them: in flight without a race. */
import { createSocket, type Socket } from 'node:dgram';
import dnsPacket from 'dns-packet';
import { answerTo, encodeUdp } from '../../../e2e/traffic/answers.js';

export class HeldUpstream {
  readonly #socket: Socket = createSocket('udp4');
  #held: (() => void)[] = [];

  private constructor() {
    this.#socket.on('message', (message, from) => {
      const query = dnsPacket.decode(message);
      const reply = answerTo(query, { tag: 'held', zones: [], slowPercent: 0 });
      if (reply === undefined) return;
      const send = () => this.#socket.send(encodeUdp(reply), from.port, from.address);
      if (query.questions?.[0]?.name.includes('.held.')) this.#held.push(send);
      else send();
    });
  }

  /** Listens on a free port; names below a label `held` are kept back. */
  static async start(): Promise<HeldUpstream> {
    const upstream = new HeldUpstream();
    await new Promise<void>((resolve) => upstream.#socket.bind(0, '127.0.0.1', resolve));
    return upstream;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Gives the answers that were kept back so far. */
  release(): void {
    for (const send of this.#held.splice(0)) send();
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}

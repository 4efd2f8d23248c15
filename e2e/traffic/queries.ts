/**
 * Which names are asked, and the bytes of each question. Separate from sending, so that the mix can be tested, and so
 * that the names which repeat are encoded once.
 */
import dnsPacket from 'dns-packet';
import type { Random } from '../../operator/src/runtime/clock.js';
import { addressOf } from './names.js';

/** `cached` names repeat, `miss` names are new each time, `slow` names are new and late at the upstream. */
export type Kind = 'cached' | 'miss' | 'slow';

/** All kinds, for tables. */
export const kinds: readonly Kind[] = ['cached', 'miss', 'slow'];

/** What is asked, in percent of all queries; the rest are cached names. */
export interface Mix {
  /** The zone of all names, without a dot at the end. */
  readonly zone: string;
  /** How many cached names there are. */
  readonly cachedNames: number;
  readonly missPercent: number;
  readonly slowPercent: number;
  /** Set apart the unique names of one run from those of an earlier one, which may still be cached. */
  readonly run: string;
}

/** One query without its id. */
export interface Query {
  readonly kind: Kind;
  readonly name: string;
  /** The whole message, with id 0 and the case of the letters mixed (0x20). */
  readonly message: Buffer;
  /** The bytes of the question inside `message`; an answer must repeat them exactly. */
  readonly question: Buffer;
}

/** What is wrong with an answer; `rcode` is any code but NOERROR, `truncated` is TC on a small answer. */
export type Fault = 'question' | 'rcode' | 'truncated' | 'answer';

const headerBytes = 12;
const ednsBytes = 1232;
const optBytes = 11;
const rcodeNames = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

/** Draws the queries of one run. */
export class QuerySource {
  readonly #mix: Mix;
  readonly #random: Random;
  readonly #cached: readonly { readonly name: string; readonly message: Buffer }[];
  #unique = 0;

  constructor(mix: Mix, random: Random) {
    this.#mix = mix;
    this.#random = random;
    this.#cached = Array.from({ length: mix.cachedNames }, (_, index) => {
      const name = `c${index}.${mix.zone}`;
      return { name, message: encode(name) };
    });
  }

  /** The next query. Its letters are upper or lower case at random. */
  next(): Query {
    const kind = this.#kind();
    const template = this.#cached[Math.floor(this.#random() * this.#cached.length)];
    if (kind === 'cached' && template) return this.#query(kind, template.name, Buffer.from(template.message));
    this.#unique += 1;
    const host = `${kind}-${this.#mix.run}-${this.#unique}`;
    const name = kind === 'slow' ? `${host}.slow.${this.#mix.zone}` : `${host}.${this.#mix.zone}`;
    return this.#query(kind, name, encode(name));
  }

  #kind(): Kind {
    const draw = this.#random() * 100;
    if (draw < this.#mix.slowPercent) return 'slow';
    return draw < this.#mix.slowPercent + this.#mix.missPercent ? 'miss' : 'cached';
  }

  #query(kind: Kind, name: string, message: Buffer): Query {
    const question = message.subarray(headerBytes, message.length - optBytes);
    let bits = Math.floor(this.#random() * 0x40000000);
    // The four bytes at the end are type and class. No length of a label lies in the range of the letters.
    for (let index = 0; index < question.length - 4; index += 1) {
      const byte = question[index] ?? 0;
      if (byte >= 0x61 && byte <= 0x7a && (bits & 1) === 1) question[index] = byte - 0x20;
      bits = (bits >>> 1) | ((bits & 1) << 29);
    }
    return { kind, name, message, question };
  }
}

/** What is wrong with `answer` to `query`, or undefined when it is the right one. The id was matched before. */
export function faultOf(answer: Buffer, query: Query): Fault | undefined {
  const end = headerBytes + query.question.length;
  const isResponse = ((answer[2] ?? 0) & 0x80) !== 0;
  if (!isResponse || answer.length < end || !answer.subarray(headerBytes, end).equals(query.question))
    return 'question';
  if (rcodeOf(answer) !== 'NOERROR') return 'rcode';
  if (((answer[2] ?? 0) & 0x02) !== 0) return 'truncated';
  try {
    const records = dnsPacket.decode(answer).answers ?? [];
    return records.some((record) => record.type === 'A' && record.data === addressOf(query.name))
      ? undefined
      : 'answer';
  } catch {
    return 'answer';
  }
}

/** The response code of an answer by name. */
export function rcodeOf(answer: Buffer): string {
  const code = (answer[3] ?? 0) & 0x0f;
  return rcodeNames[code] ?? `RCODE${code}`;
}

function encode(name: string): Buffer {
  return dnsPacket.encode({
    type: 'query',
    id: 0,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ type: 'A', name }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: ednsBytes,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  });
}

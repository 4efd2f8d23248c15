/**
 * DNS over TCP puts two bytes of length before each message (RFC 1035, 4.2.2). Shared by server and generator.
 */

/** The message with its length before it. */
export function frame(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(message.length + 2);
  framed.writeUInt16BE(message.length, 0);
  message.copy(framed, 2);
  return framed;
}

/** Puts the chunks of one connection together again and cuts them into messages. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);

  /** Takes one chunk; returns the messages that are now complete, in order. */
  push(chunk: Buffer): readonly Buffer[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const messages: Buffer[] = [];
    while (this.#pending.length >= 2) {
      const end = this.#pending.readUInt16BE(0) + 2;
      if (this.#pending.length < end) break;
      messages.push(this.#pending.subarray(2, end));
      this.#pending = this.#pending.subarray(end);
    }
    return messages;
  }
}

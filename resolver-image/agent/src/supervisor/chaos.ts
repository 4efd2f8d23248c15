/**
 * The one DNS question that the supervisor asks, `CH TXT id.server`, and the answer to it. Written by hand so that
 * the supervisor loads no library: it must start fast, stay small and have nothing in it that can fail.
 */

/** The question section: id.server. TXT CH. */
const QUESTION = Buffer.from('\x02id\x06server\x00\x00\x10\x00\x03', 'latin1');
const HEADER_BYTES = 12;

/** The query as a packet, with 16 bits of `id`. */
export function encodeIdentityQuery(id: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(1, 4);
  return Buffer.concat([header, QUESTION]);
}

/**
 * The identity in the answer to query `id`; undefined if the packet is not that answer.
 * An answer without the text (refused, empty) has the identity ''.
 */
export function decodeIdentityAnswer(packet: Buffer, id: number): string | undefined {
  if (packet.length < HEADER_BYTES || packet.readUInt16BE(0) !== id) return undefined;
  const flags = packet.readUInt16BE(2);
  if ((flags & 0x8000) === 0) return undefined;
  const answers = packet.readUInt16BE(6);
  if ((flags & 0xf) !== 0 || answers === 0) return '';
  const question = packet.subarray(HEADER_BYTES, HEADER_BYTES + QUESTION.length);
  if (packet.readUInt16BE(4) !== 1 || question.toString('latin1').toLowerCase() !== QUESTION.toString('latin1')) {
    return undefined;
  }
  return firstText(packet, HEADER_BYTES + QUESTION.length);
}

/** The first character-string of the TXT record at `offset`. */
function firstText(packet: Buffer, offset: number): string {
  const afterName = skipName(packet, offset);
  const textAt = afterName + 11;
  if (textAt > packet.length || packet.readUInt16BE(afterName) !== 16) return '';
  const length = packet[textAt - 1] ?? 0;
  return packet.subarray(textAt, textAt + length).toString('latin1');
}

/** The offset after a name, which is a pointer or labels; past the end if the packet is cut off. */
function skipName(packet: Buffer, offset: number): number {
  let at = offset;
  while (at < packet.length) {
    const length = packet[at] ?? 0;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    at += length + 1;
  }
  return packet.length;
}

/** Reads a request's body with a limit, because whoever sends it has not been checked by then for good sense. */
import type { IncomingMessage } from 'node:http';

/** More than a ConfigMap can hold. */
export const MAX_BODY_BYTES = 1 << 20;

/** The body as text; undefined if it is longer than MAX_BODY_BYTES. Rejects when the connection breaks. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

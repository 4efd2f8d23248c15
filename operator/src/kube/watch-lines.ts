/** Cuts the body of a watch into its lines. Separate because a stream may break at any byte. */
import { KubeError } from './errors.js';
import { isRecord } from './object.js';
import type { WatchLine } from './client.js';

/** An object may have 1.5 MiB in etcd and a little more as JSON; a longer line is no watch. */
const longestLine = 16 * 1024 * 1024;

/** The lines of `body`. A last line without an end is malformed even if it parses: it may be half of a number. */
export async function* readWatchLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<WatchLine> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine) throw new KubeError('Unavailable', 'watching: a line has no end');
    for (const line of lines) if (line.trim() !== '') yield parseLine(line);
  }
  if ((rest + decoder.decode()).trim() !== '') yield { type: 'malformed', reason: 'the stream ended inside a line' };
}

function parseLine(line: string): WatchLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { type: 'malformed', reason: 'a line is no JSON' };
  }
  const type = isRecord(value) ? value['type'] : undefined;
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
    case 'BOOKMARK':
    case 'ERROR':
      return { type, object: isRecord(value) ? value['object'] : undefined };
    default:
      return { type: 'malformed', reason: 'a line is no event' };
  }
}

/** Reads single files out of a zip archive (PKWARE APPNOTE 6.3), so that no unzip program has to be there. */
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

const endOfCentralDirectory = 0x06054b50;
const centralHeader = 0x02014b50;
const endLength = 22;

/**
 * Returns the contents of the file `name` in the archive at `path`.
 * @throws Error when the archive is none, lacks the file, or stores it in another way than plain or deflated.
 */
export function readZipEntry(path: string, name: string): Buffer {
  const zip = readFileSync(path);
  let at = findCentralDirectory(zip, path);
  while (at + 46 <= zip.length && zip.readUInt32LE(at) === centralHeader) {
    const nameLength = zip.readUInt16LE(at + 28);
    const entryName = zip.toString('utf8', at + 46, at + 46 + nameLength);
    if (entryName === name) return readEntry(zip, at, `${path}: ${name}`);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`reading ${path}: it has no file '${name}'`);
}

function findCentralDirectory(zip: Buffer, path: string): number {
  for (let at = zip.length - endLength; at >= 0; at--) {
    if (zip.readUInt32LE(at) === endOfCentralDirectory) return zip.readUInt32LE(at + 16);
  }
  throw new Error(`reading ${path}: it is no zip archive`);
}

function readEntry(zip: Buffer, header: number, what: string): Buffer {
  const method = zip.readUInt16LE(header + 10);
  const size = zip.readUInt32LE(header + 20);
  const local = zip.readUInt32LE(header + 42);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const data = zip.subarray(start, start + size);
  if (method === 0) return data;
  if (method === 8) return inflateRawSync(data);
  throw new Error(`reading ${what}: compression method ${method} is not known, must be 0 or 8`);
}

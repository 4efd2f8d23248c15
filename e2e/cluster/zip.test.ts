import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readZipEntry } from './zip.js';

let directory: string;
let archive: string;

/** An archive with one file, as a packer would write it. */
function zip(name: string, content: string, method: 0 | 8 | 12): Buffer {
  const data = method === 8 ? deflateRawSync(Buffer.from(content)) : Buffer.from(content);
  const local = Buffer.alloc(30 + name.length);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  local.write(name, 30);
  const central = Buffer.alloc(46 + name.length);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(method, 10);
  central.writeUInt32LE(data.length, 20);
  central.writeUInt16LE(name.length, 28);
  central.write(name, 46);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(local.length + data.length, 16);
  return Buffer.concat([local, data, central, end]);
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'dnsfleet-zip-'));
  archive = join(directory, 'a.zip');
});
afterAll(() => rmSync(directory, { recursive: true }));

test.each([0, 8] as const)('reads a file stored by method %d', (method) => {
  writeFileSync(archive, zip('bin/tool', 'hello hello hello', method));
  expect(readZipEntry(archive, 'bin/tool').toString()).toBe('hello hello hello');
});

test('says what it cannot read', () => {
  writeFileSync(archive, zip('bin/tool', 'x', 12));
  expect(() => readZipEntry(archive, 'bin/other')).toThrow("no file 'bin/other'");
  expect(() => readZipEntry(archive, 'bin/tool')).toThrow('compression method 12');
  writeFileSync(archive, 'no archive at all, but long enough');
  expect(() => readZipEntry(archive, 'bin/tool')).toThrow('no zip archive');
});

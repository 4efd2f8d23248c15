/** The pool's token: who bears it may change a server's configuration. Read anew for each use, so that it can be rotated. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { diskFiles } from '../platform/files.js';

/** Whether the `Authorization` header bears the token in the file. No file, or an empty one, admits nobody. */
export async function bearsToken(header: string | undefined, path: string): Promise<boolean> {
  const token = (await diskFiles.read(path))?.trim() ?? '';
  const given = /^Bearer (\S+)$/i.exec(header ?? '')?.[1];
  if (token === '' || given === undefined) return false;
  // Of equal length, so that the time of the comparison says nothing about either.
  return timingSafeEqual(digest(token), digest(given));
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Files that are replaced as a whole or not at all, so that a reader (the engine, a restarted agent) never sees half of one. */
import { open, readFile, rename, stat, unlink } from 'node:fs/promises';

/** The text of the file; undefined if there is none. Throws on any other error. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw new Error(`read ${path}`, { cause: error });
  }
}

/** Replaces the file in one step. The directory lives in memory, so there is nothing to sync for a power failure. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const next = `${path}.${process.pid}.next`;
  try {
    const file = await open(next, 'w', 0o640);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await rename(next, path);
  } catch (error) {
    throw new Error(`replace ${path}`, { cause: error });
  }
}

/** Removes the file if it is there. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isAbsent(error)) throw new Error(`remove ${path}`, { cause: error });
  }
}

/** Something that differs whenever the file (through symbolic links) was replaced or written; undefined if it is not there. */
export async function fileVersion(path: string): Promise<string | undefined> {
  try {
    const { ino, dev, mtimeMs, size } = await stat(path);
    return `${dev}-${ino}-${mtimeMs}-${size}`;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw new Error(`look at ${path}`, { cause: error });
  }
}

const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

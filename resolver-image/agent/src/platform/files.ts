/** Files that are replaced as a whole or not at all, so that a reader (the engine, a restarted agent) never sees half of one. */
import { open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';

/** What the agent does with files; a test gives one in memory. */
export interface Files {
  /** The text of the file; undefined if there is none. Throws on any other error. */
  read(path: string): Promise<string | undefined>;
  /** Replaces the file in one step. */
  replace(path: string, text: string): Promise<void>;
  /** Removes the file if it is there. */
  remove(path: string): Promise<void>;
  /** The names in a directory. */
  list(directory: string): Promise<readonly string[]>;
  /** Something that differs whenever the file (through symbolic links) was replaced or written; undefined if it is not there. */
  version(path: string): Promise<string | undefined>;
}

/** The machine's files. The directory they are replaced in lives in memory, so nothing is synced for a power failure. */
export const diskFiles: Files = {
  read: (path) => unlessAbsent(`read ${path}`, () => readFile(path, 'utf8')),
  replace: async (path, text) => {
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
  },
  remove: (path) => unlessAbsent(`remove ${path}`, () => unlink(path)),
  list: (directory) => readdir(directory),
  version: (path) =>
    unlessAbsent(`look at ${path}`, async () => {
      const { ino, dev, mtimeMs, size } = await stat(path);
      return `${dev}-${ino}-${mtimeMs}-${size}`;
    }),
};

/** The result of `task`; undefined if it failed because there is no such file. */
async function unlessAbsent<T>(what: string, task: () => Promise<T>): Promise<T | undefined> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      return undefined;
    }
    throw new Error(what, { cause: error });
  }
}

/** Files in memory, for tests of what is done with files. */
import { basename, dirname } from 'node:path';
import type { Files } from '../src/platform/files.js';

export class MemoryFiles implements Files {
  readonly #files = new Map<string, { readonly text: string; readonly version: number }>();
  #versions = 0;

  read(path: string): Promise<string | undefined> {
    return Promise.resolve(this.#files.get(path)?.text);
  }

  replace(path: string, text: string): Promise<void> {
    this.#versions += 1;
    this.#files.set(path, { text, version: this.#versions });
    return Promise.resolve();
  }

  remove(path: string): Promise<void> {
    this.#files.delete(path);
    return Promise.resolve();
  }

  list(directory: string): Promise<readonly string[]> {
    return Promise.resolve(
      [...this.#files.keys()].filter((path) => dirname(path) === directory).map((path) => basename(path)),
    );
  }

  version(path: string): Promise<string | undefined> {
    return Promise.resolve(this.#files.get(path)?.version.toString());
  }
}

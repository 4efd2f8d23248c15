/** Golden files: what a function produced once and was read by a person. `UPDATE_GOLDEN=1` rewrites them. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from '@jest/globals';

/** Compares `text` with the file at `url` (`new URL('testdata/x.golden', import.meta.url)`). */
export function expectGolden(url: URL, text: string): void {
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(url.pathname), { recursive: true });
    writeFileSync(url, text);
    return;
  }
  if (!existsSync(url)) throw new Error(`there is no golden file ${url.pathname}; write it with UPDATE_GOLDEN=1`);
  expect(text).toBe(readFileSync(url, 'utf8'));
}

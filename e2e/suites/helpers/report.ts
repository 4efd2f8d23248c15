/** Figures of the suites, kept for people and for docs/benchmarks.md: one JSON file each under build/e2e. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const directory = path.resolve('build/e2e');

/** Writes `figures` to `build/e2e/<name>.json`. */
export function writeReport(name: string, figures: unknown): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, `${name}.json`), `${JSON.stringify(figures, undefined, 2)}\n`);
}

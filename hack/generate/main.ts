/**
 * Writes what is derived from the zod schemas: CRDs, the chart's copies of them, the reference of the API.
 * With `--check` it writes nothing, names the files that differ, and exits 1 if there are any.
 * Run it from the root of the repository.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generatedFiles } from './files.js';

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const check = process.argv.includes('--check');
const differing = [...generatedFiles()].filter(([path, content]) => contentOf(path) !== content);

for (const [path, content] of differing) {
  if (check) {
    console.error(`${path} is not up to date: run \`make generate\``);
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    console.log(`wrote ${path}`);
  }
}
if (check && differing.length > 0) process.exitCode = 1;

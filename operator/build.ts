/** Bundles the operator into dist/operator.mjs, one file, so that its image carries no node_modules. */
import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { z } from 'zod';

const { version } = z.object({ version: z.string() }).parse(JSON.parse(await readFile('package.json', 'utf8')));

await build({
  entryPoints: ['operator/src/main.ts'],
  outfile: 'dist/operator.mjs',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  define: { DNSFLEET_VERSION: JSON.stringify(version) },
  minifySyntax: true,
  minifyWhitespace: true,
  // Stack traces name functions as they are in the sources.
  keepNames: true,
  legalComments: 'eof',
  logLevel: 'warning',
  // Libraries in CommonJS call require for Node's own modules.
  banner: {
    js: "import { createRequire as dnsfleetRequire } from 'node:module';\nconst require = dnsfleetRequire(import.meta.url);",
  },
});

/** Bundles the operator and the kubectl plugin into dist/, one file each, so that they need no node_modules. */
import { chmod, readFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { z } from 'zod';

const { version } = z.object({ version: z.string() }).parse(JSON.parse(await readFile('package.json', 'utf8')));

await build({
  entryPoints: { operator: 'operator/src/main.ts', 'kubectl-dnsfleet': 'operator/src/cli/main.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
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
await chmod('dist/kubectl-dnsfleet.mjs', 0o755);

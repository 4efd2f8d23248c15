/**
 * Bundles the three programs of the resolver pod to dist/agent, each in one file that needs nothing but node, so that
 * the image carries no node_modules. Run by `make images` and by the data-plane tests.
 */
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const source = join(import.meta.dirname, 'agent', 'src');

/** The programs and where they begin. */
const PROGRAMS = {
  supervisor: join(source, 'supervisor', 'main.ts'),
  agent: join(source, 'agent.ts'),
  prestop: join(source, 'prestop', 'main.ts'),
} as const;

/** Writes `supervisor.mjs`, `agent.mjs` and `prestop.mjs` to `directory`. Throws if the sources do not compile. */
export async function buildAgent(directory: string): Promise<void> {
  await build({
    entryPoints: PROGRAMS,
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'linked',
    logLevel: 'warning',
    banner: {
      // Libraries in CommonJS call require for node's own modules.
      js: "import { createRequire as dnsfleetRequire } from 'node:module';\nconst require = dnsfleetRequire(import.meta.url);",
    },
  });
  for (const name of Object.keys(PROGRAMS)) await chmod(join(directory, `${name}.mjs`), 0o755);
}

if (process.argv[1] === import.meta.filename) {
  await buildAgent(join(root, 'dist', 'agent'));
}

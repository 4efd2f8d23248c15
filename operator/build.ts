/** Bundles the operator into one file, so that its image carries no node_modules. */
import { build } from 'esbuild';

await build({
  entryPoints: ['operator/src/main.ts'],
  outfile: 'dist/operator.mjs',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
  // CommonJS packages inside of the bundle call `require` for Node.js' own modules.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});

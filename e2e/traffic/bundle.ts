/**
 * Makes one file of each tool, so that it runs in a network namespace, or in a container, with nothing but Node.
 */
import { build } from 'esbuild';
import path from 'node:path';

/** The bundled tools: absolute paths. */
export interface TrafficTools {
  readonly upstream: string;
  readonly load: string;
}

/** Bundles both tools into `directory` (about 0.2 s). @throws Error when a source does not compile */
export async function bundleTrafficTools(directory: string): Promise<TrafficTools> {
  const result = await build({
    entryPoints: {
      upstream: path.join(import.meta.dirname, 'upstream-cli.ts'),
      load: path.join(import.meta.dirname, 'load-cli.ts'),
    },
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // dns-packet is CommonJS and asks for Node's own modules by `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'silent',
  });
  if (result.errors.length > 0) throw new Error(`bundling the traffic tools: ${result.errors[0]?.text ?? 'unknown'}`);
  return { upstream: path.join(directory, 'upstream.mjs'), load: path.join(directory, 'load.mjs') };
}

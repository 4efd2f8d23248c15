/**
 * Runs helm for the tests of the chart, and reads what it renders. `HELM=/path/to/helm make chart` tests the chart with
 * another helm than the one that `make deps` installs: it has to render under 3 and 4 alike.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { ensureTools, pathWithTools } from '../e2e/cluster/tools.js';

export const chart = 'helm/dnsfleet';
const program = process.env['HELM'] ?? 'helm';

const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});
export type Rendered = z.output<typeof manifestSchema>;

/** Why helm cannot be run here; undefined if it can. */
export function whyNoHelm(): string | undefined {
  try {
    ensureTools();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const env = () => ({ ...process.env, PATH: pathWithTools() });

/** Runs helm; its standard output. @throws Error with what it wrote, when it fails */
export function helm(...args: readonly string[]): string {
  return execFileSync(program, args, { env: env(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The error with which helm refuses to render the chart. @throws Error when it does not refuse */
export function refusal(...settings: readonly string[]): string {
  const { status, stderr } = spawnSync(program, ['template', 'dnsfleet', chart, ...settings], {
    env: env(),
    encoding: 'utf8',
  });
  if (status === 0) throw new Error(`helm took ${settings.join(' ')}`);
  return stderr;
}

/** What the chart makes of `settings` (arguments of helm), as text. */
export function render(...settings: readonly string[]): string {
  return helm('template', 'dnsfleet', chart, '--namespace', 'dnsfleet-system', ...settings);
}

/** The objects of a render. */
export function objectsOf(text: string): readonly Rendered[] {
  return parseAllDocuments(text).flatMap((document) => {
    const value: unknown = document.toJS();
    return value === null ? [] : [manifestSchema.parse(value)];
  });
}

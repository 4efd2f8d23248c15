/**
 * ResolverConfig: what a resolver server does, as the operator publishes it in `config.json`. It is the whole input of
 * the agent; whatever needs a new pod (image, threads, resources, placement) is not in here.
 * All fields are explicit: defaults belong to the API, so that the text in the ConfigMap says all there is to know.
 * Operator and agents are of different versions during an upgrade, either being the newer. So a reader ignores keys that
 * it does not know, and a key that is added later is optional or has a default for texts that lack it: a text that was
 * ever published stays readable for ever (testdata/published-2026-11.json is one). A key that must not be ignored cannot
 * be added; it needs another path in the HTTP API.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parseExtraConfig } from './extra-config.js';
import { address, canonicalName, domainName, isWithin, network, record } from './text.js';

const int = (min: number, max: number) => z.int().min(min).max(max);

/** A server that is asked: port 53 when omitted, or 853 when `tlsServerName` turns on DNS over TLS. */
export const upstreamServerSchema = z.object({
  address: address(),
  port: int(1, 65535).optional(),
  tlsServerName: domainName().optional(),
});

/** The servers of one zone: all over TLS or none, because an engine decides that for a zone and not for a server. */
const upstreamServers = () =>
  z
    .array(upstreamServerSchema)
    .max(16)
    .refine((servers) => new Set(servers.map((server) => server.tlsServerName !== undefined)).size <= 1, {
      message: 'either all servers or none must have a tlsServerName',
    });

export const upstreamZoneSchema = z.object({
  name: domainName(),
  mode: z.enum(['Forward', 'Stub']),
  servers: upstreamServers().min(1),
});

/** A zone that the server answers itself. Its records lie at or below its name. */
export const localZoneSchema = z
  .object({
    name: domainName(),
    type: z.enum(['Static', 'Transparent', 'Redirect', 'Refuse', 'AlwaysNxdomain']),
    records: z.array(record()).max(256),
  })
  .superRefine((zone, context) => {
    zone.records.forEach((text, index) => {
      const owner = text.split(' ', 1)[0] ?? '';
      const problem = (message: string) => context.addIssue({ code: 'custom', path: ['records', index], message });
      if (!isWithin(owner, zone.name))
        problem(`the record is named ${owner}, which is not at or below the zone ${zone.name}; write the full name`);
      else if (zone.type === 'Redirect' && canonicalName(owner) !== canonicalName(zone.name))
        problem(`a zone of type Redirect has records only at ${zone.name} itself; use Static or Transparent`);
      else if (zone.type === 'AlwaysNxdomain')
        problem('a zone of type AlwaysNxdomain never answers with records; remove them or use Static');
    });
  });

export const upstreamsSchema = z
  .object({
    mode: z.enum(['Forward', 'Recursive']),
    servers: upstreamServers(),
    rootHints: z
      .array(z.object({ name: domainName(), addresses: z.array(address()).min(1).max(8) }))
      .min(1)
      .max(32)
      .optional(),
    zones: z.array(upstreamZoneSchema).max(256),
    localZones: z.array(localZoneSchema).max(256),
  })
  .superRefine((upstreams, context) => {
    const problem = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (upstreams.mode === 'Forward' && upstreams.servers.length === 0)
      problem(['servers'], 'must name at least one resolver when mode is Forward');
    if (upstreams.mode === 'Recursive' && upstreams.servers.length > 0)
      problem(['servers'], 'must be empty when mode is Recursive; use zones for single zones');
    if (upstreams.mode === 'Forward' && upstreams.rootHints)
      problem(['rootHints'], 'may be set only when mode is Recursive');
    upstreams.zones.forEach((zone, index) => {
      if (canonicalName(zone.name) === '.')
        problem(['zones', index, 'name'], 'must not be the root; use mode and servers of upstreams');
    });
    for (const list of ['zones', 'localZones'] as const) {
      const seen = new Set<string>();
      upstreams[list].forEach((zone, index) => {
        const name = canonicalName(zone.name);
        if (seen.has(name)) problem([list, index, 'name'], `${zone.name} is there twice; keep one`);
        seen.add(name);
      });
    }
  });

export const cacheSchema = z
  .object({
    /** Memory for answers and records together, in bytes. */
    sizeBytes: int(1 << 20, 1024 ** 4),
    minTtlSeconds: int(0, 3600),
    maxTtlSeconds: int(1, 604800),
    /** Absent: expired records are never served (RFC 8767 is off). */
    serveStale: z.object({ maxStaleSeconds: int(1, 604800), answerTtlSeconds: int(1, 3600) }).optional(),
  })
  .refine((cache) => cache.minTtlSeconds <= cache.maxTtlSeconds, {
    path: ['minTtlSeconds'],
    message: 'must not exceed maxTtlSeconds',
  });

/** How a server takes its leave; see design section 6. */
export const drainSchema = z.object({
  /** Seconds for which a stopping server stays ready at most; it ends sooner when the server is quiet before. */
  lameDuckSeconds: int(0, 600),
  /** Seconds without a client's query that prove it quiet. */
  quietPeriodSeconds: int(1, 600),
  /** Seconds from the order to stop after which it ends unproven; below the pod's grace period of 660 s. */
  timeoutSeconds: int(1, 600),
});

export const extraConfigSchema = z
  .string()
  .max(4096)
  .superRefine((text, context) => {
    for (const error of parseExtraConfig(text).errors)
      context.addIssue({ code: 'custom', message: `line ${error.line}: ${error.message}` });
  });

export const resolverConfigSchema = z.object({
  /** The pool's generation; a server takes the highest it has seen. */
  revision: int(0, Number.MAX_SAFE_INTEGER),
  access: z.object({ allow: z.array(network()).max(256) }),
  upstreams: upstreamsSchema,
  cache: cacheSchema,
  extraConfig: extraConfigSchema,
  drain: drainSchema,
});

export type ResolverConfig = z.infer<typeof resolverConfigSchema>;
export type UpstreamServer = z.infer<typeof upstreamServerSchema>;
export type UpstreamZone = z.infer<typeof upstreamZoneSchema>;
export type LocalZone = z.infer<typeof localZoneSchema>;
export type DrainSettings = z.infer<typeof drainSchema>;

/** What came of reading a text as a ResolverConfig; `messages` name the field and say what is wrong. */
export type ParsedConfig =
  { readonly ok: true; readonly config: ResolverConfig } | { readonly ok: false; readonly messages: readonly string[] };

/** Reads the text of `config.json`; never throws. */
export function parseResolverConfig(text: string): ParsedConfig {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    return {
      ok: false,
      messages: [`config.json is not JSON: ${error instanceof Error ? error.message : String(error)}`],
    };
  }
  const result = resolverConfigSchema.safeParse(body);
  if (result.success) return { ok: true, config: result.data };
  return {
    ok: false,
    messages: result.error.issues.map((issue) => `${issue.path.map(String).join('.') || 'config'}: ${issue.message}`),
  };
}

/** The name of a configuration: the first 16 hexadecimal characters of the SHA-256 over the exact text of `config.json`. */
export const configHash = (text: string): string =>
  createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16);

/**
 * What the engine knows of the configured upstreams, for a scrape. Bounded twice: only servers that the configuration
 * names become series (a recursive server meets thousands), and a large table is not dumped at all, because the dump
 * takes time of a thread that answers queries.
 */
import type { Clock } from '../../../../operator/src/runtime/clock.js';
import type { ResolverConfig } from '../contract/resolver-config.js';
import { canonicalName } from '../contract/text.js';
import type { Engine, EngineSample, UpstreamSample } from '../engines/engine.js';

/** Servers in the engine's table above which it is not dumped. */
const MAX_KNOWN_SERVERS = 2000;
/** Milliseconds for which a dump is good enough. */
const FRESH_MS = 10_000;

/** `address@port zone` of each configured upstream. */
export function configuredServers(config: ResolverConfig): Set<string> {
  const { upstreams } = config;
  const zones = [{ name: '.', servers: upstreams.servers }, ...upstreams.zones];
  return new Set(
    zones.flatMap(({ name, servers }) =>
      servers.map(({ address, port, tlsServerName }) => {
        const at = port ?? (tlsServerName === undefined ? 53 : 853);
        return `${address}@${at} ${canonicalName(name)}`;
      }),
    ),
  );
}

export class UpstreamReader {
  readonly #engine: Pick<Engine, 'upstreams'>;
  readonly #clock: Clock;
  #samples: readonly UpstreamSample[] = [];
  #readAtMs = -Infinity;

  constructor(engine: Pick<Engine, 'upstreams'>, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  /** The samples of the configured upstreams; those of the last dump while it is fresh or the engine is silent. */
  async read(config: ResolverConfig | undefined, sample: EngineSample | undefined): Promise<readonly UpstreamSample[]> {
    if (config === undefined || sample === undefined) return [];
    const wanted = configuredServers(config);
    if (this.#clock.monotonic() - this.#readAtMs >= FRESH_MS && sample.knownServers <= MAX_KNOWN_SERVERS) {
      this.#readAtMs = this.#clock.monotonic();
      try {
        this.#samples = await this.#engine.upstreams(AbortSignal.timeout(1000));
      } catch {
        // The engine is silent, which other metrics say; a scrape must not fail for it.
        this.#samples = [];
      }
    }
    return this.#samples.filter(({ server, zone }) => wanted.has(`${server} ${canonicalName(zone)}`));
  }
}

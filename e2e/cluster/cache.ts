/** Where things are kept that are downloaded or built once: outside the work tree, keyed by a hash of their inputs. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The cache directory: `$DNSFLEET_CACHE`, else `$XDG_CACHE_HOME/dnsfleet`, else `~/.cache/dnsfleet`; made when missing. */
export function cacheDir(...parts: readonly string[]): string {
  const base =
    process.env['DNSFLEET_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'dnsfleet');
  const dir = join(base, ...parts);
  mkdirSync(dir, { recursive: true });
  return dir;
}

/** The first 16 hexadecimal characters of the SHA-256 of `inputs`, as a key of the cache. */
export function cacheKey(...inputs: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(input).update('\0');
  return hash.digest('hex').slice(0, 16);
}

/** The Debian 13 root file system with the packages that the images need, made by mmdebstrap from Debian packages. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, cacheKey } from '../cluster/cache.js';
import { makeOnce } from '../cluster/make-once.js';

const suite = 'trixie';
const packages = ['unbound', 'nodejs', 'ca-certificates', 'dns-root-data'] as const;

/** Once a month the packages are taken anew, for their security fixes. */
const vintage = (now: Date): string => now.toISOString().slice(0, 7);

/** Identifies the root file system: another key means another one. */
export function rootfsKey(): string {
  return cacheKey(suite, ...packages, vintage(new Date()));
}

/**
 * Returns the directory of the root file system, making it when the cache lacks it (about a minute).
 * @throws Error when mmdebstrap fails, or no Debian mirror is named.
 */
export function ensureRootfs(progress: (message: string) => void): Promise<string> {
  return makeOnce(join(cacheDir('rootfs'), rootfsKey()), (target) => {
    progress(`Making the Debian ${suite} root file system (about a minute, once)`);
    const source = `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${debianMirror()} ${suite} main`;
    execFileSync(
      'mmdebstrap',
      [
        ...['--variant=minbase', '--mode=auto', `--include=${packages.join(',')}`],
        ...['--dpkgopt=path-exclude=/usr/share/doc/*', '--dpkgopt=path-exclude=/usr/share/man/*'],
        ...['--dpkgopt=path-exclude=/usr/share/locale/*', '--quiet'],
        ...[suite, target, source],
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
  });
}

/**
 * The mirror that this machine takes its own packages from: the images use the same, wherever that is. A machine with
 * another system names one in DNSFLEET_DEBIAN_MIRROR.
 */
function debianMirror(): string {
  const named = process.env['DNSFLEET_DEBIAN_MIRROR'];
  if (named !== undefined && named !== '') return named;
  const files = ['/etc/apt/sources.list', ...list('/etc/apt/sources.list.d')];
  const mirror = files.map((file) => findMirror(readText(file))).find((found) => found !== undefined);
  if (mirror === undefined) {
    throw new Error(
      'making the root file system: the apt sources of this machine name no Debian mirror; set DNSFLEET_DEBIAN_MIRROR to the URL of one',
    );
  }
  return mirror;
}

/** The first Debian archive (not the security one) in the text of a file of apt sources, of either format. */
export function findMirror(sources: string): string | undefined {
  const lines = sources.split('\n').filter((line) => !line.trimStart().startsWith('#'));
  const uris = lines.flatMap((line) => {
    const words = /^(?:URIs:|deb(?:\s+\[[^\]]*\])?)\s+(.*)$/.exec(line)?.[1]?.split(/\s+/) ?? [];
    return words.filter((word) => /^https?:\/\//.test(word)).map((word) => word.replace(/\/$/, ''));
  });
  return uris.find((uri) => uri.endsWith('/debian'));
}

function list(directory: string): string[] {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  return names.filter((name) => /\.(list|sources)$/.test(name)).map((name) => join(directory, name));
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

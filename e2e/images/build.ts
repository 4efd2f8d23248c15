/** Builds the images of the project and the test cluster without any registry, and keeps them as archives. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDir, cacheKey } from '../cluster/cache.js';
import { makeOnce } from '../cluster/make-once.js';
import { ensureRootfs, rootfsKey } from './rootfs.js';

const baseImage = 'localhost/dnsfleet-base:trixie';

interface Recipe {
  readonly image: string;
  readonly dockerfile: string;
  /** Files and directories that the Dockerfile copies. */
  readonly copies: readonly string[];
}

/** Images that are made from a Dockerfile and what stands in dist/. */
const recipes: readonly Recipe[] = [
  {
    image: 'localhost/dnsfleet-resolver:dev',
    dockerfile: 'resolver-image/Dockerfile',
    copies: ['dist/agent', 'resolver-image/engine-start', 'resolver-image/engine-alive', 'resolver-image/engine-cpu'],
  },
  { image: 'localhost/dnsfleet-operator:dev', dockerfile: 'operator/Dockerfile', copies: ['dist/operator.mjs'] },
];

/**
 * Returns archives of all images, building those whose inputs changed.
 * @throws Error when a build fails; dist/ must have been built before.
 */
export async function ensureImages(progress: (message: string) => void): Promise<readonly string[]> {
  const rootfs = await ensureRootfs(progress);
  const pause = await makeOnce(archivePath('pause', cacheKey(readFileSync('e2e/images/pause/main.go'))), (target) => {
    progress('Building localhost/pause:1');
    buildPause(target);
  });
  const others: string[] = [];
  for (const recipe of recipes) {
    const name = /\/(.*):/.exec(recipe.image)?.[1] ?? recipe.image;
    others.push(
      await makeOnce(archivePath(name, recipeKey(recipe)), (target) => {
        progress(`Building ${recipe.image}`);
        buildBase(rootfs, progress);
        buildah(
          'build',
          '--pull-never',
          '--build-arg',
          `BASE_IMAGE=${baseImage}`,
          '-f',
          recipe.dockerfile,
          '-t',
          recipe.image,
          '.',
        );
        buildah('push', '--quiet', recipe.image, `docker-archive:${target}:${recipe.image}`);
        keepNewest(name);
      }),
    );
  }
  return [pause, ...others];
}

const archivePath = (name: string, key: string): string => join(cacheDir('images'), `${name}-${key}.tar`);

function recipeKey(recipe: Recipe): string {
  const files = [recipe.dockerfile, ...recipe.copies.flatMap(filesBelow)];
  return cacheKey(rootfsKey(), ...files.flatMap((file) => [file, readFileSync(file)]));
}

function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

/** Storage of its own, so that images of the machine's user are neither seen nor touched. */
function buildah(...args: readonly string[]): void {
  const storage = cacheDir('buildah');
  const env = { ...process.env, BUILDAH_ISOLATION: 'chroot', STORAGE_DRIVER: 'overlay' };
  const global = ['--root', join(storage, 'root'), '--runroot', join(storage, 'run')];
  execFileSync('buildah', [...global, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** The base is made once for each root file system. */
function buildBase(rootfs: string, progress: (message: string) => void): void {
  const tagged = `${baseImage}-${rootfsKey()}`;
  if (hasImage(tagged)) {
    buildah('tag', tagged, baseImage);
    return;
  }
  progress(`Building ${baseImage}`);
  const context = mkdtempSync(join(tmpdir(), 'dnsfleet-base-'));
  try {
    execFileSync('tar', [
      '--numeric-owner',
      '--exclude=./dev/*',
      '-C',
      rootfs,
      '-cf',
      join(context, 'rootfs.tar'),
      '.',
    ]);
    writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nADD rootfs.tar /\n');
    buildah('build', '-t', tagged, '-t', baseImage, context);
  } finally {
    rmSync(context, { recursive: true });
  }
}

function hasImage(name: string): boolean {
  try {
    buildah('inspect', '--type', 'image', name);
    return true;
  } catch {
    return false;
  }
}

function buildPause(target: string): void {
  const context = mkdtempSync(join(tmpdir(), 'dnsfleet-pause-'));
  try {
    const env = { ...process.env, CGO_ENABLED: '0' };
    execFileSync('go', ['build', '-ldflags', '-s -w', '-o', join(context, 'pause'), 'e2e/images/pause/main.go'], {
      env,
    });
    writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY pause /pause\nENTRYPOINT ["/pause"]\n');
    buildah('build', '-t', 'localhost/pause:1', context);
    buildah('push', '--quiet', 'localhost/pause:1', `docker-archive:${target}:localhost/pause:1`);
  } finally {
    rmSync(context, { recursive: true });
  }
}

/** An edit makes a new archive of a hundred megabytes; the last three are enough. */
function keepNewest(name: string): void {
  const directory = cacheDir('images');
  const archives = readdirSync(directory)
    .filter((file) => file.startsWith(`${name}-`) && file.endsWith('.tar'))
    .map((file) => join(directory, file))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const old of archives.slice(2)) rmSync(old);
}

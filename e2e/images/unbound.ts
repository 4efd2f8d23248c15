/**
 * The image's own Unbound, run on this machine: out of the root file system by its own dynamic linker, so that tests
 * of the data plane need neither root nor a container and still test the engine that is shipped.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, cacheKey } from '../cluster/cache.js';
import { makeOnce } from '../cluster/make-once.js';
import { ensureRootfs } from './rootfs.js';

const programs = ['unbound', 'unbound-checkconf', 'unbound-control'] as const;

/** Returns a directory with `unbound`, `unbound-checkconf` and `unbound-control`. */
export async function ensureUnbound(progress: (message: string) => void): Promise<string> {
  const rootfs = await ensureRootfs(progress);
  return makeOnce(join(cacheDir('unbound'), cacheKey(rootfs)), (target) => {
    mkdirSync(target);
    for (const program of programs) {
      const path = join(target, program);
      writeFileSync(path, wrapper(rootfs, program));
      chmodSync(path, 0o755);
    }
  });
}

/** @param rootfs directory of a Debian root file system for amd64 or arm64. */
function wrapper(rootfs: string, program: string): string {
  const [triplet, loader] =
    process.arch === 'arm64'
      ? ['aarch64-linux-gnu', 'lib/ld-linux-aarch64.so.1']
      : ['x86_64-linux-gnu', 'lib64/ld-linux-x86-64.so.2'];
  const libraries = `${rootfs}/usr/lib/${triplet}:${rootfs}/lib/${triplet}`;
  return `#!/bin/sh\nexec "${rootfs}/usr/${loader}" --library-path "${libraries}" "${rootfs}/usr/sbin/${program}" "$@"\n`;
}

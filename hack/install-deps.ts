/**
 * `make deps`: installs what the test cluster and the tests need, or says in one message exactly what is missing.
 * Debian packages are installed with apt-get when this is Debian and the user is root.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { ensureTools } from '../e2e/cluster/tools.js';

/** Debian packages and what each is for. */
const packages: Readonly<Record<string, string>> = {
  containerd: 'containers of the test cluster',
  runc: 'containers of the test cluster',
  'containernetworking-plugins': 'pod network of the test cluster',
  iptables: 'Services of the test cluster',
  conntrack: 'Services of the test cluster',
  iproute2: 'network namespaces of the test cluster',
  procps: 'sysctl for the network namespaces',
  mmdebstrap: 'root file system of the images',
  buildah: 'building the images without a registry',
  dnsutils: 'dig, for the demo',
};

const goVersion = [1, 24] as const;

const isInstalled = (name: string): boolean => {
  const status = spawnSync('dpkg-query', ['-W', '-f', '${Status}', name], { encoding: 'utf8' }).stdout;
  return typeof status === 'string' && status.includes('ok installed');
};

function installPackages(): string[] {
  if (process.platform !== 'linux') return ['a Linux machine (the test cluster uses network namespaces)'];
  const missing = Object.keys(packages).filter((name) => !isInstalled(name));
  if (missing.length === 0) return [];
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    return missing.map((name) => `Debian package ${name}, or its like (${packages[name] ?? ''})`);
  }
  console.log(`Installing Debian packages: ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: readonly string[]) =>
    execFileSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', ...missing);
  return [];
}

function checkGo(): string[] {
  const wanted = `Go ${goVersion.join('.')} or newer on PATH (Kubernetes is built from its Go modules)`;
  const output = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' }).stdout;
  const match = typeof output === 'string' ? /^go(\d+)\.(\d+)/.exec(output) : null;
  if (match === null) return [wanted];
  const [major, minor] = [Number(match[1]), Number(match[2])];
  const enough = major > goVersion[0] || (major === goVersion[0] && minor >= goVersion[1]);
  return enough ? [] : [`${wanted}; this is ${match[0]}`];
}

const missing = [...checkGo(), ...installPackages()];
if (missing.length > 0) {
  console.error(`These are missing:\n${missing.map((what) => `  - ${what}`).join('\n')}`);
  process.exit(1);
}
ensureTools();
console.log('All that is needed is installed');

/** What a person is told about a machine that lacks something; the machine is a directory of stand-ins for programs. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

/** What every Linux has. */
const basics = ['cat', 'cut', 'grep', 'head', 'mktemp', 'printf', 'rm', 'sed', 'sort', 'touch', 'tr', 'uname', 'chmod'];
/** Programs that `packages` are known by. */
const installed = ['containerd', 'runc', 'iptables', 'conntrack', 'ip', 'nsenter', 'sysctl', 'mount', 'curl'];

let machine: string;

beforeEach(() => {
  machine = mkdtempSync(join(tmpdir(), 'dnsfleet-machine-'));
  for (const name of basics) {
    const path = ['/bin', '/usr/bin'].map((directory) => join(directory, name)).find(exists);
    if (path !== undefined) symlinkSync(path, join(machine, name));
  }
  program('node', 'echo v20.19.2');
  program('npm', 'echo 9.2.0');
  program('go', 'echo go1.24.4');
  program('id', 'echo 1000');
  for (const name of installed) program(name, 'exit 0');
});
afterEach(() => rmSync(machine, { recursive: true, force: true }));

const exists = (path: string): boolean => {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
};

function program(name: string, script: string): void {
  writeFileSync(join(machine, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(machine, name), 0o755);
}

/** The exit code, and the lines of the message that do not depend on the files of the machine that runs this test. */
function check(...args: readonly string[]) {
  const env = { PATH: machine, DNSFLEET_DEBIAN_MIRROR: 'http://mirror.example/debian' };
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['hack/install-deps.sh', ...args], { env, encoding: 'utf8' });
  const lines = `${stdout}${stderr}`
    .split('\n')
    .filter((line) => line !== '' && !/, for the |^ {2}- \/(usr|etc)\//.test(line));
  return { status, lines, packages: [...stderr.matchAll(/\(Debian package ([^)]+)\)/g)].map(([, name]) => name) };
}

test('nothing is said where nothing is missing', () => {
  expect(check('node')).toEqual({ status: 0, lines: [], packages: [] });
});

test('one message lists all that is missing and too old', () => {
  program('node', 'echo v18.20.4');
  rmSync(join(machine, 'npm'));
  program('go', 'echo go1.9.7');
  const { status, lines, packages } = check('cluster');
  expect(status).toBe(1);
  expect(lines).toEqual([
    'These are missing:',
    '  - Node.js 20.19 or newer on PATH; this is 18.20.4',
    '  - npm 9 or newer on PATH',
    '  - Go 1.24 or newer on PATH; this is 1.9.7',
    '  - root: a cluster with nodes needs it',
  ]);
  expect(packages).toEqual(expect.arrayContaining(['mmdebstrap', 'buildah', 'bind9-dnsutils']));
  expect(packages).not.toContain('containerd');
});

test('lint and unit tests need Node.js and npm alone', () => {
  rmSync(join(machine, 'go'));
  rmSync(join(machine, 'node'));
  expect(check('node')).toMatchObject({ lines: ['These are missing:', '  - Node.js 20.19 or newer on PATH'] });
});

test('root on Debian has the packages installed, and is told what apt-get says when that fails', () => {
  program('id', 'echo 0');
  program('apt-get', `case $1 in update) exit 0;; esac; echo "E: no route to the mirror"; exit 100`);
  const failed = check();
  expect(failed.status).toBe(1);
  expect(failed.lines).toEqual([
    expect.stringMatching(/^Installing Debian packages: .*mmdebstrap .*buildah .*bind9-dnsutils/),
    'E: no route to the mirror',
  ]);

  const install =
    'for name in mmdebstrap buildah dig; do printf "#!/bin/sh\\n" > "${0%/*}/$name"; chmod +x "${0%/*}/$name"; done';
  program('apt-get', `case $1 in update) exit 0;; esac; echo noise; ${install}`);
  const { lines, packages } = check();
  expect(lines.slice(0, 1)).toEqual([expect.stringContaining('Installing Debian packages: ')]);
  expect(lines).not.toContain('noise');
  expect(packages).not.toContain('mmdebstrap');
  expect(packages).not.toContain('bind9-dnsutils');
});

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startControlPlane, type ControlPlane } from './control-plane.js';

let controlPlane: ControlPlane;

beforeAll(async () => {
  controlPlane = await startControlPlane();
}, 120_000);
afterAll(() => controlPlane.stop());

const kubectl = (...args: readonly string[]) =>
  execFileSync('kubectl', ['--kubeconfig', controlPlane.kubeconfigPath, ...args], { encoding: 'utf8' });

test('keeps its objects when the API server is restarted', async () => {
  kubectl('create', 'namespace', 'kept');
  await controlPlane.stopApiServer('SIGKILL');
  await controlPlane.startApiServer();
  expect(kubectl('get', 'namespace', 'kept', '-o', 'name')).toBe('namespace/kept\n');
}, 60_000);

test('leaves no process and no file behind', async () => {
  const own = await startControlPlane({ controllerManager: true });
  await own.stop();
  expect(existsSync(own.directory)).toBe(false);
  const commands = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => (existsSync(`/proc/${pid}/cmdline`) ? readCommand(pid) : ''));
  expect(commands.filter((command) => command.includes(own.directory))).toEqual([]);
}, 60_000);

/** A process may end while it is being looked at; then it has no command. */
function readCommand(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** What the probe of the engine's container leaves of its cgroup, on nodes of either kind. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { parseCpu } from './agent/src/load/cpu-files.js';
import { readCpuFile } from './agent/src/load/cpu-reader.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dnsfleet-cpu-'));
  mkdirSync(join(directory, 'run'));
  mkdirSync(join(directory, 'cgroup'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const run = () => join(directory, 'run');

function cgroup(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, 'cgroup', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

function measure(runDirectory = run()): { readonly code: number | null; readonly says: string } {
  const env = { PATH: '/usr/bin:/bin', DNSFLEET_RUN_DIR: runDirectory, DNSFLEET_CGROUP: join(directory, 'cgroup') };
  const { status, stdout, stderr } = spawnSync(join(import.meta.dirname, 'engine-cpu'), { env, encoding: 'utf8' });
  return { code: status, says: `${stdout}${stderr}` };
}
const reading = async () => parseCpu((await readCpuFile(join(run(), 'engine-cpu')))?.text ?? '');

const v2 = {
  'cpu.max': '150000 100000\n',
  'cpu.stat': 'usage_usec 2500000\nuser_usec 2000000\nnr_periods 90\nnr_throttled 8\nthrottled_usec 500000\n',
};
const counters = { usageSeconds: 2.5, throttledSeconds: 0.5, periods: 90, throttledPeriods: 8 };

it('leaves the files of cgroup v2', async () => {
  cgroup(v2);
  expect(measure()).toEqual({ code: 0, says: '' });
  expect(await reading()).toEqual({ ...counters, limitCores: 1.5 });
  cgroup({ 'cpu.stat': v2['cpu.stat'].replace('2500000', '3500000') });
  measure();
  expect(await reading()).toMatchObject({ usageSeconds: 3.5 });
  expect(readdirSync(run())).toEqual(['engine-cpu']);
});

it('leaves the files of cgroup v1', async () => {
  cgroup({
    'cpuacct/cpuacct.usage': '2500000000\n',
    'cpu/cpu.stat': 'nr_periods 90\nnr_throttled 8\nthrottled_time 500000000\n',
    'cpu/cpu.cfs_quota_us': '-1\n',
    'cpu/cpu.cfs_period_us': '100000\n',
  });
  expect(measure()).toEqual({ code: 0, says: '' });
  expect(await reading()).toEqual(counters);
});

it('leaves nothing where there is nothing to read', () => {
  cgroup({ 'cpu.stat': v2['cpu.stat'] });
  expect(measure()).toEqual({ code: 0, says: '' });
  expect(readdirSync(run())).toEqual([]);
});

it('leaves nothing of a file that could not be read', () => {
  cgroup({ 'cpu.max': v2['cpu.max'] });
  expect(measure().code).not.toBe(0);
  expect(readdirSync(run())).toEqual([]);
});

it('does not fail the probe, nor hold it up', () => {
  cgroup(v2);
  writeFileSync(join(directory, 'run', 'unbound.conf'), 'server:\n');
  const control = join(directory, 'control');
  writeFileSync(control, '#!/bin/sh\necho asked\n');
  chmodSync(control, 0o755);
  // A pipe that nobody writes to.
  rmSync(join(directory, 'cgroup', 'cpu.stat'));
  expect(spawnSync('mkfifo', [join(directory, 'cgroup', 'cpu.stat')]).status).toBe(0);
  const env = {
    PATH: '/usr/bin:/bin',
    DNSFLEET_RUN_DIR: run(),
    DNSFLEET_CGROUP: join(directory, 'cgroup'),
    DNSFLEET_UNBOUND_CONTROL: control,
  };
  const { status, stdout } = spawnSync(join(import.meta.dirname, 'engine-alive'), { env, encoding: 'utf8' });
  expect([status, stdout]).toEqual([0, 'asked\n']);
});

/**
 * What this machine bears, and what an engine takes of it: how many queries per second keep the whole machine at half of
 * its processors, and how much processor time one query costs an engine, from which its capacity follows.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { roundToTwoDigits } from '../../../operator/src/planning/load.js';
import type { SharedCluster } from '../../suites/helpers/cluster.js';
import { processesOf } from '../../suites/helpers/server-processes.js';
import { startLoad } from '../../suites/helpers/traffic.js';
import { cpuLimitMillis, type Contestant } from './contestants.js';

/** The most that is asked of each of the two. */
const wantedRate = 2000;
const probeRate = 300;
const busyGoalPercent = 50;
const measureMs = 10_000;
/** Clients open their sockets and connections before the measurement begins. */
const beginSeconds = 2;
/** What is done under a load must end before. */
const maxSeconds = 300;

/** One load on both, and what it cost. */
export interface LoadSample {
  /** Queries per second on each of the two. */
  readonly rate: number;
  /** Of all processors of the machine, everything included. */
  readonly busyPercent: number;
  /** Processor time of an engine of ours for one query, in microseconds. */
  readonly engineMicrosPerQuery: number;
}

export interface Calibration {
  readonly idleBusyPercent: number;
  readonly samples: readonly LoadSample[];
  readonly rate: number;
  readonly cpuLimitMillis: number;
  /** What an engine answers within its limit: limit by cost of a query. */
  readonly capacityQps: number;
}

export interface CalibrationInputs {
  readonly cluster: SharedCluster;
  readonly contestants: readonly Contestant[];
  /** Given by hand. */
  readonly rate: number | undefined;
  readonly progress: (message: string) => void;
}

/** Finds the rate, unless it is given, and the capacity at that rate. */
export async function calibrate(inputs: CalibrationInputs): Promise<Calibration> {
  const { progress } = inputs;
  const idle = await measureUse(inputs);
  progress(`Without load the machine is busy at ${idle.busyPercent} %`);
  const samples: LoadSample[] = [];
  if (inputs.rate === undefined) samples.push(await sample(inputs, probeRate, idle));
  const rate = inputs.rate ?? chooseRate(idle.busyPercent, samples);
  const last = await sample(inputs, rate, idle);
  samples.push(last);
  const capacityQps = capacityOf(last.engineMicrosPerQuery);
  progress(
    `${rate} queries/s on each; an engine with ${cpuLimitMillis}m of a processor carries ${capacityQps} queries/s`,
  );
  return { idleBusyPercent: idle.busyPercent, samples, rate, cpuLimitMillis, capacityQps };
}

/** The rate at which the machine is half busy, if each query costs what one of the probe did. */
export function chooseRate(idleBusyPercent: number, samples: readonly LoadSample[]): number {
  const [probe] = samples;
  if (!probe) throw new Error('choosing a rate: nothing was measured');
  const percentPerQuery = Math.max(0.0001, probe.busyPercent - idleBusyPercent) / probe.rate;
  const bearable = Math.floor((busyGoalPercent - idleBusyPercent) / percentPerQuery / 100) * 100;
  return Math.min(wantedRate, Math.max(100, bearable));
}

/** Queries per second that take the whole limit, rounded down to two digits. */
export function capacityOf(engineMicrosPerQuery: number): number {
  return roundToTwoDigits((cpuLimitMillis * 1000) / engineMicrosPerQuery, Math.floor);
}

/** The share of the limit that the engines use, beside the share of their capacity that is asked of them, in percent. */
export async function compareUse(
  inputs: CalibrationInputs,
  { rate, capacityQps }: Calibration,
): Promise<{ readonly ofLimit: number; readonly ofCapacity: number }> {
  const servers = (await oursOf(inputs).pods()).length;
  const { engineMicros, seconds } = await withLoad(inputs, rate, () => measureUse(inputs));
  return {
    ofLimit: round(engineMicros / seconds / servers / (cpuLimitMillis * 10)),
    ofCapacity: round((100 * rate) / servers / capacityQps),
  };
}

/** Runs `act` while both are asked at `rate`, and the clients have had time to begin. */
export async function withLoad<T>(inputs: CalibrationInputs, rate: number, act: () => Promise<T>): Promise<T> {
  const { cluster, contestants } = inputs;
  const loads = await Promise.all(
    contestants.map(({ clients }) => startLoad(cluster, { targets: [], clients, queriesPerSecond: rate, maxSeconds })),
  );
  try {
    await sleep(beginSeconds * 1000);
    return await act();
  } finally {
    await Promise.all(loads.map((load) => load.finish()));
  }
}

interface Use {
  readonly busyPercent: number;
  /** Of all engines of ours, in microseconds of processor time. */
  readonly engineMicros: number;
  readonly seconds: number;
}

/** What the whole machine and the engines of ours do for ten seconds. */
async function measureUse(inputs: CalibrationInputs): Promise<Use> {
  const engines = (await oursOf(inputs).pods()).flatMap((pod) => processesOf(pod, 'unbound'));
  const read = () => ({
    ...processorTicks(readFileSync('/proc/stat', 'utf8')),
    micros: processorNanos(engines) / 1000,
    ms: performance.now(),
  });
  const before = read();
  await sleep(measureMs);
  const after = read();
  return {
    busyPercent: round((100 * (after.busy - before.busy)) / (after.all - before.all)),
    engineMicros: after.micros - before.micros,
    seconds: (after.ms - before.ms) / 1000,
  };
}

/** What an engine does without clients, for the probes of its supervisor above all, is no cost of queries. */
async function sample(inputs: CalibrationInputs, rate: number, idle: Use): Promise<LoadSample> {
  const { busyPercent, engineMicros, seconds } = await withLoad(inputs, rate, () => measureUse(inputs));
  const engineMicrosPerQuery = round((engineMicros / seconds - idle.engineMicros / idle.seconds) / rate);
  inputs.progress(
    `${rate} queries/s on each: the machine is busy at ${busyPercent} %, an engine takes ${engineMicrosPerQuery} us a query`,
  );
  return { rate, busyPercent, engineMicrosPerQuery };
}

function oursOf({ contestants }: CalibrationInputs): Contestant {
  const ours = contestants.find(({ name }) => name === 'ours');
  if (!ours) throw new Error('calibrating: there is no fleet');
  return ours;
}

/** Processor time of all threads so far; finer than the hundredths of a second of /proc/PID/stat. */
function processorNanos(pids: readonly number[]): number {
  return pids
    .flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}/schedstat`))
    .reduce((sum, file) => sum + Number(readFileSync(file, 'utf8').split(' ')[0]), 0);
}

/** Out of the first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal (proc(5)). */
export function processorTicks(stat: string): { readonly busy: number; readonly all: number } {
  const fields = (stat.split('\n')[0] ?? '').split(/\s+/).slice(1, 9).map(Number);
  const all = fields.reduce((sum, ticks) => sum + ticks, 0);
  return { all, busy: all - (fields[3] ?? 0) - (fields[4] ?? 0) };
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** The figures of a run out of what was measured. Pure. */
import type { Measurement, Phase } from './measurement.js';
import type { Usage } from './proc.js';
import { belongsTo, countRequests, perMinute, touchedObjects, within } from './requests.js';

export type Figures = ReturnType<typeof computeFigures>;

export function computeFigures(measurement: Measurement) {
  const { requests, usage, create, watched, rest, restarts, changes, grown } = measurement;
  const countsOf = (phase: Phase) => countRequests(within(requests, phase));
  const useOf = (phase: Phase) =>
    summarizeUsage(usage.filter(({ atMs }) => atMs >= phase.startMs && atMs < phase.endMs));
  const allOf = (phase: Phase) => ({ seconds: lengthOf(phase), ...useOf(phase), ...countsOf(phase) });
  const restOf = (phase: Phase) => {
    const all = allOf(phase);
    const callsPerMinute = perMinute(all.byVerb, all.seconds);
    return { ...all, callsPerMinute, leasePerMinute: perMinute(all.lease, all.seconds) };
  };
  return {
    create: {
      applySeconds: round(measurement.applyMs / 1000),
      settledSeconds: lengthOf(create),
      ...useOf(create),
      ...countsOf(create),
    },
    settling: allOf(watched),
    rest: restOf(rest),
    restarts: restarts.map(({ after, syncedMs, reconciledMs, phase, usage: last }) => ({
      after,
      syncedSeconds: seconds(syncedMs),
      reconciledSeconds: seconds(reconciledMs),
      observedSeconds: lengthOf(phase),
      rssMb: last.rssMb,
      peakMb: last.peakMb,
      cpuSeconds: last.cpuSeconds,
      ...countsOf(phase),
    })),
    changes: changes.map(({ what, fleet, settledMs, phase }) => {
      const touched = touchedObjects(within(requests, phase));
      return {
        what,
        settledSeconds: seconds(settledMs),
        objects: touched.length,
        objectsOfOthers: touched.filter((object) => !belongsTo(object, fleet)),
        ...countsOf(phase),
      };
    }),
    ...(grown && {
      grown: {
        servers: grown.servers,
        growth: allOf(grown.growth),
        settling: allOf(grown.watched),
        rest: restOf(grown.rest),
        freshServers: grown.fresh,
        openFiles: grown.openFiles,
      },
    }),
  };
}

export interface UsageFigures {
  readonly rssMb?: { readonly least: number; readonly most: number; readonly last: number };
  /** The most that the process ever had, until the last sample. */
  readonly peakMb?: number;
  /** Of one core. */
  readonly cpuPercent?: number;
}

/** Memory over some samples of one process, and the share of one core that it took. */
export function summarizeUsage(samples: readonly Usage[]): UsageFigures {
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last) return {};
  const rss = samples.map(({ rssMb }) => rssMb);
  const wallSeconds = (last.atMs - first.atMs) / 1000;
  return {
    rssMb: { least: Math.min(...rss), most: Math.max(...rss), last: last.rssMb },
    peakMb: last.peakMb,
    ...(wallSeconds > 0 && { cpuPercent: round((100 * (last.cpuSeconds - first.cpuSeconds)) / wallSeconds) }),
  };
}

const lengthOf = ({ startMs, endMs }: Phase): number => round((endMs - startMs) / 1000);
const seconds = (ms: number): number => Math.round(ms / 10) / 100;
const round = (value: number): number => Math.round(value * 10) / 10;

/** Turns what the watches of kubectl and the load write, one line of JSON at a time, into news of the story. Pure. */
import { z } from 'zod';
import { annotations } from '../../../operator/src/api/v1alpha1/labels.js';
import { reasons } from '../../../operator/src/api/v1alpha1/reasons.js';
import type { News } from './story.js';

/** A line of `kubectl get --watch --output-watch-events`. */
const watched = <T extends z.ZodType>(object: T) => z.object({ type: z.string(), object });

const podLine = watched(
  z.object({
    metadata: z.object({
      name: z.string(),
      deletionTimestamp: z.string().optional(),
      annotations: z.record(z.string(), z.string()).default({}),
    }),
    status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) }),
  }),
);

const poolLine = watched(
  z.object({
    status: z
      .object({
        scaling: z
          .object({
            reason: z.string(),
            message: z.string(),
            lastScaleTime: z.string().optional(),
            lastScale: z.string().optional(),
          })
          .optional(),
      })
      .default({}),
  }),
);

const eventLine = watched(z.object({ reason: z.string().default(''), message: z.string().default('') }));

export const countsSchema = z.object({
  sent: z.number(),
  answered: z.number(),
  lost: z.number(),
  wrong: z.number(),
});

const loadLine = z.object({ atSecond: z.number(), total: countsSchema });

export function readPodLine(line: string): News {
  const { type, object } = podLine.parse(JSON.parse(line));
  const { name, deletionTimestamp, annotations: notes } = object.metadata;
  if (type === 'DELETED') return { type: 'Server', name };
  const isLeaving = deletionTimestamp !== undefined || notes[annotations.draining] !== undefined;
  const isReady = object.status.conditions.some((each) => each.type === 'Ready' && each.status === 'True');
  return { type: 'Server', name, state: isLeaving ? 'draining' : isReady ? 'serving' : 'starting' };
}

/** Undefined before the pool has a status. */
export function readPoolLine(line: string): News | undefined {
  const { scaling } = poolLine.parse(JSON.parse(line)).object.status;
  return scaling && { type: 'Pool', ...scaling };
}

/** Undefined for an event that tells nothing of the end of a drain. */
export function readEventLine(line: string): News | undefined {
  const { type, object } = eventLine.parse(JSON.parse(line));
  const isProven = object.reason === reasons.serverDrained;
  // Another type is a repetition that is counted up, or an event that is forgotten.
  if (type !== 'ADDED' || (!isProven && object.reason !== reasons.serverDrainUnproven)) return undefined;
  return { type: 'Drain', isProven, message: object.message };
}

/** Undefined for a line that is no report, such as the first. */
export function readLoadLine(line: string): News | undefined {
  const report = loadLine.safeParse(parse(line));
  return report.success ? { type: 'Load', second: report.data.atSecond, total: report.data.total } : undefined;
}

/** The result of a load as far as the demo shows it. */
const resultSchema = z.object({
  valid: z.boolean(),
  objections: z.array(z.string()),
  durationSeconds: z.number(),
  total: countsSchema,
  timeline: z.array(countsSchema),
  latencyMs: z.object({ cached: z.object({ p99: z.number() }), miss: z.object({ p99: z.number() }) }),
});

export type LoadFigures = z.infer<typeof resultSchema>;

/** The last line of a load; undefined for any other. */
export function readResultLine(line: string): LoadFigures | undefined {
  const result = resultSchema.safeParse(parse(line));
  return result.success ? result.data : undefined;
}

/** Progress for a person stands between the lines of JSON. */
const parse = (line: string): unknown => (line.startsWith('{') ? JSON.parse(line) : undefined);

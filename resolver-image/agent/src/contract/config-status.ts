/** What a server says about its configuration: which one is in force, and which one it refused and why. */
import { z } from 'zod';
import { configInForceSchema } from './load.js';

export const refusedConfigSchema = z.object({
  hash: z.string(),
  /** Absent when the text could not be read at all. */
  revision: z.int().optional(),
  message: z.string(),
  /** ISO 8601. */
  time: z.string(),
});

/** The answer of `GET /v1/config`. `refused` goes away when a later configuration is accepted. */
export const configStatusSchema = z.object({
  inForce: configInForceSchema.optional(),
  refused: refusedConfigSchema.optional(),
});

/**
 * The answer of `POST /v1/config/check` and `PUT /v1/config`. For a PUT, `accepted` means that the configuration is in
 * force in the engine; for a check, that the engine's checker took it. `messages` explain a refusal.
 */
export const checkResultSchema = z.object({
  accepted: z.boolean(),
  messages: z.array(z.string()),
});

/** The answer of `GET /v1/config/text`: the exact text in force; absent when none is. */
export const configTextSchema = z.object({ text: z.string().optional() });

export type RefusedConfig = z.infer<typeof refusedConfigSchema>;
export type ConfigStatus = z.infer<typeof configStatusSchema>;
export type CheckResult = z.infer<typeof checkResultSchema>;

/**
 * Manifests that are wrong, each in its own way, with what the refusal says: bad-upstreams.ts and bad-fleets.ts are refused
 * by the API server, bad-for-operator.ts ends in `Accepted=False`. One table for all tests: zod and the rules' TypeScript
 * twins (unit), the API server (integration), `validateFleet` (unit), the running operator.
 */
import type { Changes } from './manifest.js';

export interface BadManifest {
  readonly title: string;
  /** What is changed in the smallest good manifest. */
  readonly changes: Changes;
  /** The kind; a fleet when omitted. */
  readonly kind?: 'DnsPool';
  /** A part of the refusal that names the field. */
  readonly field: string;
  /** A part of the refusal that says what is right. */
  readonly remedy: string;
  /** Our zod schemas cannot see it: unknown fields are stripped, and entries of list maps are only told apart by the API server. */
  readonly notInZod?: true;
}

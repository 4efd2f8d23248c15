/** The envelope of our objects, as the API server returns them. */
import { z } from 'zod';

const objectMeta = z.looseObject({
  name: z.string(),
  namespace: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.number(),
  creationTimestamp: z.string(),
  deletionTimestamp: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** Metadata of an object as the API server returns it. */
export type ObjectMeta = z.infer<typeof objectMeta>;

/** Parses objects from the API server; fields of newer versions below the root are stripped, not refused. */
export const customResource = <S extends z.ZodType, T extends z.ZodType>(spec: S, status: T) =>
  z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: objectMeta, spec, status: status.optional() });

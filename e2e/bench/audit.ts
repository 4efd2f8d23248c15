/**
 * The API server's own record of what one user asked of it: the audit log. It is the count of what the operator does,
 * and not the operator's word for it.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';

/** A request as the API server saw it. */
export interface ApiRequest {
  /** When it came, in ms since the epoch. */
  readonly atMs: number;
  /** Kubernetes' verb: get, list, watch, create, update, patch (server-side apply too), delete. */
  readonly verb: string;
  /** `pods`, or `dnspools/status`. */
  readonly resource: string;
  readonly namespace: string;
  /** Empty for a list or a watch. */
  readonly name: string;
  readonly status: number;
}

/** Arguments with which an API server writes down the requests of `user`, and of nobody else, to `logFile`. */
export const auditArgs = (policyFile: string, logFile: string): readonly string[] => [
  `--audit-policy-file=${policyFile}`,
  `--audit-log-path=${logFile}`,
  // Each event is on disk before its request is answered: nothing is missing when the log is read.
  '--audit-log-mode=blocking',
  // Megabytes after which the file would be rotated away.
  '--audit-log-maxsize=10000',
];

export const auditPolicy = (user: string): string =>
  JSON.stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata', users: [user] }, { level: 'None' }],
  });

const auditEvent = z.object({
  stage: z.string(),
  verb: z.string(),
  requestReceivedTimestamp: z.string(),
  objectRef: z
    .object({
      resource: z.string().default(''),
      subresource: z.string().optional(),
      namespace: z.string().default(''),
      name: z.string().default(''),
    })
    .optional(),
  responseStatus: z.object({ code: z.number() }).optional(),
});

/** The request of one line; undefined for a line that says again what another line says. @throws Error for what is no event. */
export function readAuditLine(line: string): ApiRequest | undefined {
  const { stage, verb, requestReceivedTimestamp, objectRef, responseStatus } = auditEvent.parse(JSON.parse(line));
  // A watch has two lines, one when it opens and one when it ends: it counts when it opens.
  if (verb === 'watch' ? stage !== 'ResponseStarted' : stage === 'ResponseStarted') return undefined;
  const { resource = '', subresource, namespace = '', name = '' } = objectRef ?? {};
  return {
    atMs: Date.parse(requestReceivedTimestamp),
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name,
    status: responseStatus?.code ?? 0,
  };
}

/** All requests of an audit log, in order of the lines. */
export async function readAuditLog(file: string): Promise<ApiRequest[]> {
  const requests: ApiRequest[] = [];
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    const request = line === '' ? undefined : readAuditLine(line);
    if (request) requests.push(request);
  }
  return requests;
}

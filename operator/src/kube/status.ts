/** Status: conditions by the Kubernetes API conventions, and writing a status only when it differs. */
import { coversIntent } from './covers.js';
import type { KubeClient } from './client.js';
import { appliedFields } from './field-set.js';
import type { KubeObject } from './object.js';
import { apiVersionOf, type Resource } from './resource.js';
import { formatTime } from './times.js';

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** The generation that the condition speaks of. */
  readonly observedGeneration?: number | undefined;
  /** RFC 3339, whole seconds. */
  readonly lastTransitionTime: string;
}

/** A condition as it is observed; when it last changed follows from what was before. */
export type ObservedCondition = Omit<Condition, 'lastTransitionTime'>;

/** `conditions` with `observed` in its place, sorted by type. `lastTransitionTime` moves only when the status does. */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  observed: ObservedCondition,
  nowMs: number,
): readonly Condition[] {
  const before = conditions?.find(({ type }) => type === observed.type);
  const moved = before?.status !== observed.status;
  const lastTransitionTime = moved ? formatTime(nowMs) : before.lastTransitionTime;
  return sorted([...removeCondition(conditions, observed.type), { ...observed, lastTransitionTime }]);
}

/** `conditions` without `type`. */
export function removeCondition<C extends Condition>(conditions: readonly C[] | undefined, type: string): readonly C[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}

export interface ApplyStatusOptions<T extends KubeObject> {
  readonly client: Pick<KubeClient, 'applyStatus'>;
  readonly resource: Resource<T>;
  /** The object as a store has it, with its managedFields. */
  readonly live: T;
  /** All of the status that `manager` writes. */
  readonly status: Readonly<Record<string, unknown>>;
  readonly manager: string;
  readonly signal?: AbortSignal | undefined;
}

/** Writes the status if it differs from the live one. `NotFound` or `Conflict` when the object is gone meanwhile. */
export async function applyStatusIfChanged<T extends KubeObject>(
  options: ApplyStatusOptions<T>,
): Promise<{ readonly outcome: 'unchanged' | 'updated'; readonly object: T }> {
  const { client, resource, live, status, manager, signal } = options;
  if (isStatusAsIntended(live, status, manager)) return { outcome: 'unchanged', object: live };
  const { name, namespace, uid } = live.metadata;
  const intent = { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: { name, namespace }, status };
  return { outcome: 'updated', object: await client.applyStatus(resource, intent, { manager, signal, uid }) };
}

/** True if writing `status` as `manager` would change nothing. Pure. */
export function isStatusAsIntended(live: KubeObject, status: object, manager: string): boolean {
  return coversIntent(live, { status }, appliedFields(live, manager, 'status'));
}

function sorted(conditions: readonly Condition[]): readonly Condition[] {
  return [...conditions].sort((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0));
}

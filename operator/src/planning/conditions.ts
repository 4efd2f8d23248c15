/** How conditions are carried from one status to the next, the same for fleets and pools. */
import type { Condition } from '../api/v1alpha1/condition.js';
import { conditionTypes } from '../api/v1alpha1/reasons.js';
import type { Reason } from '../api/v1alpha1/reasons.js';
import type { ScaleReason } from './autoscale/reasons.js';

/** What a condition says now. */
export interface Finding {
  readonly status: Condition['status'];
  readonly reason: Reason | ScaleReason;
  readonly message: string;
}

/** What is observed, without the times and generations that conditions also carry. */
export interface Findings {
  readonly ready: Finding;
  readonly accepted: Finding;
  readonly available: Finding;
  readonly rollingOut: Finding;
  readonly scalingLimited?: Finding;
  readonly scalingActive?: Finding | undefined;
  readonly capacitySufficient?: Finding | undefined;
  /** Present only while something is under way. */
  readonly reconciling?: Omit<Finding, 'status'> | undefined;
  /** Present only while nothing will move by itself. */
  readonly stalled?: Omit<Finding, 'status'> | undefined;
}

export interface ConditionContext {
  readonly generation: number;
  readonly nowMs: number;
  readonly previous: readonly Condition[];
}

/** The conditions of a status. `lastTransitionTime` moves only when the status of the condition does. */
export function renderConditions(findings: Findings, context: ConditionContext): Condition[] {
  const { reconciling, stalled } = findings;
  const all: readonly (readonly [string, Finding | undefined])[] = [
    [conditionTypes.ready, findings.ready],
    [conditionTypes.accepted, findings.accepted],
    [conditionTypes.available, findings.available],
    [conditionTypes.rollingOut, findings.rollingOut],
    [conditionTypes.scalingLimited, findings.scalingLimited],
    [conditionTypes.scalingActive, findings.scalingActive],
    [conditionTypes.capacitySufficient, findings.capacitySufficient],
    [conditionTypes.reconciling, reconciling && { status: 'True', ...reconciling }],
    [conditionTypes.stalled, stalled && { status: 'True', ...stalled }],
  ];
  return all.flatMap(([type, finding]) => (finding ? [renderCondition(type, finding, context)] : []));
}

function renderCondition(type: string, finding: Finding, context: ConditionContext): Condition {
  const before = context.previous.find((condition) => condition.type === type);
  const isSame = before?.status === finding.status;
  return {
    type,
    status: finding.status,
    observedGeneration: context.generation,
    lastTransitionTime: isSame ? before.lastTransitionTime : toTime(context.nowMs),
    reason: finding.reason,
    message: finding.message.slice(0, maxMessage),
  };
}

/** What the schema allows is 32768; a person reads much less. */
const maxMessage = 2000;

/** A time as the API writes it: RFC 3339, whole seconds. */
export const toTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** The condition of `type`, if the status has it. */
export const findCondition = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find((condition) => condition.type === type);

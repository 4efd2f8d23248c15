/** Events for what conditions say, told once, when it becomes so; the same for fleets and pools. */
import type { Condition } from '../api/v1alpha1/condition.js';
import { conditionTypes, reasons } from '../api/v1alpha1/reasons.js';
import { scaleReasons } from '../planning/autoscale/reasons.js';
import { findCondition } from '../planning/conditions.js';

/** An event without the object that it is about. */
export interface Happening {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  /** Tells happenings of one reason apart. */
  readonly key?: string;
}

interface Rule {
  readonly condition: string;
  /** The status or the reason whose coming is told. */
  readonly becomes: string;
  readonly type: Happening['type'];
  readonly action: string;
}

const rules: readonly Rule[] = [
  { condition: conditionTypes.accepted, becomes: 'False', type: 'Warning', action: 'Validate' },
  { condition: conditionTypes.accepted, becomes: 'True', type: 'Normal', action: 'Validate' },
  { condition: conditionTypes.available, becomes: 'False', type: 'Warning', action: 'Observe' },
  { condition: conditionTypes.ready, becomes: 'True', type: 'Normal', action: 'Observe' },
  { condition: conditionTypes.rollingOut, becomes: reasons.rolloutBlocked, type: 'Warning', action: 'RollOut' },
  { condition: conditionTypes.rollingOut, becomes: reasons.deadlineExceeded, type: 'Warning', action: 'RollOut' },
  { condition: conditionTypes.scalingLimited, becomes: 'True', type: 'Warning', action: 'Scale' },
  { condition: conditionTypes.capacitySufficient, becomes: 'False', type: 'Warning', action: 'Scale' },
  { condition: conditionTypes.scalingActive, becomes: scaleReasons.twoScalers, type: 'Warning', action: 'Scale' },
  { condition: conditionTypes.scalingActive, becomes: scaleReasons.pauseUnreadable, type: 'Warning', action: 'Scale' },
];

/** What happened between two statuses. A first status tells nothing but what is wrong or done. */
export function tellConditions(before: readonly Condition[] | undefined, after: readonly Condition[]): Happening[] {
  return rules.flatMap(({ condition, becomes, type, action }): Happening[] => {
    const now = findCondition(after, condition);
    const then = findCondition(before, condition);
    const is = (state: Condition | undefined) => state?.status === becomes || state?.reason === becomes;
    if (!now || !is(now)) return [];
    // A refusal for another reason is news.
    if (is(then) && (then?.reason === now.reason || type === 'Normal')) return [];
    // A PoP that leaves gives up its servers because it was told to.
    if (condition === conditionTypes.available && now.reason === reasons.retiring) return [];
    // What has just been created is not there yet, and nobody needs to be told.
    if (!then && condition === conditionTypes.available) return [];
    return [{ type, reason: now.reason, action, note: now.message }];
  });
}

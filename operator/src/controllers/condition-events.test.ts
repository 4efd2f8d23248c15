import { describe, expect, test } from '@jest/globals';
import type { Condition } from '../api/v1alpha1/condition.js';
import { tellConditions } from './condition-events.js';

const condition = (type: string, status: Condition['status'], reason: string): Condition => ({
  ...{ type, status, reason, message: `${type} is ${status}` },
  lastTransitionTime: '2026-11-24T12:00:00Z',
});

describe('an event', () => {
  const available = condition('Available', 'True', 'ServersReady');
  const accepted = condition('Accepted', 'True', 'Accepted');
  const refused = condition('Accepted', 'False', 'InvalidSpec');

  test.each<{ title: string; before?: Condition; after: Condition; told: readonly string[] }>([
    {
      title: 'warns of too few servers',
      before: available,
      after: condition('Available', 'False', 'BelowFloor'),
      told: ['Warning BelowFloor'],
    },
    {
      title: 'does not warn of servers that a leaving PoP gives up',
      before: available,
      after: condition('Available', 'False', 'Retiring'),
      told: [],
    },
    {
      title: 'does not warn of a pool that was just created',
      after: condition('Available', 'False', 'BelowFloor'),
      told: [],
    },
    { title: 'warns of a refusal', before: accepted, after: refused, told: ['Warning InvalidSpec'] },
    { title: 'is not repeated', before: refused, after: refused, told: [] },
    {
      title: 'tells a refusal for another reason',
      before: refused,
      after: condition('Accepted', 'False', 'NameConflict'),
      told: ['Warning NameConflict'],
    },
    { title: 'tells that a refusal is over', before: refused, after: accepted, told: ['Normal Accepted'] },
  ])('$title', ({ before, after, told }) => {
    const happenings = tellConditions(before && [before], [after]);
    expect(happenings.map(({ type, reason }) => `${type} ${reason}`)).toEqual(told);
  });
});

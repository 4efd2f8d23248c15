import { describe, expect, test } from '@jest/globals';
import { HorizontalPodAutoscaler, syncMs } from './horizontal-pod-autoscaler.js';

/** `spec.replicas` after each sync with one usage after the other, all pods there at once. */
function follow(usages: readonly number[], replicas = 4): number[] {
  const hpa = new HorizontalPodAutoscaler({ targetAverage: 100, minReplicas: 3, maxReplicas: 50 });
  return usages.map(
    (usage, index) => (replicas = hpa.sync({ nowMs: index * syncMs, replicas, pods: replicas, usage })),
  );
}

describe('the HorizontalPodAutoscaler', () => {
  test.each([
    ['does nothing within 10 % of the target', [440, 360, 400], [4, 4, 4]],
    ['grows at once', [441], [5]],
    ['grows by four pods or doubles in 15 s, whichever is more', [5000, 5000, 5000, 5000], [8, 16, 32, 50]],
    ['shrinks to the minimum after five minutes', Array<number>(21).fill(10), [...Array<number>(20).fill(4), 3]],
  ])('%s', (_, usages, replicas) => {
    expect(follow([...usages], 4)).toEqual(replicas);
  });

  test('shrinks to the highest that was recommended within five minutes', () => {
    const usages = [800, 600, ...Array<number>(25).fill(400)];
    const replicas = follow(usages, 8);
    expect([replicas[19], replicas[20], replicas[21], replicas[22]]).toEqual([8, 6, 4, 4]);
  });
});

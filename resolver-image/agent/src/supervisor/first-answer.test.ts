import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock, settle } from '../../../../operator/test/fake-clock.js';
import { FirstAnswer, HOLD_MS } from './first-answer.js';

let clock: FakeClock;
let first: FirstAnswer;
beforeEach(() => {
  clock = new FakeClock();
  first = new FirstAnswer(clock);
});

/** Whether the wait is over by now. */
async function isOver(wait: Promise<void>): Promise<boolean> {
  let over = false;
  void wait.then(() => (over = true));
  await settle();
  return over;
}

describe('the wait for the first answer of the engine', () => {
  it('ends for all when it comes, and leaves no timer behind', async () => {
    const waits = [first.wait(), first.wait()];
    await clock.advance(HOLD_MS - 1);
    expect(await Promise.all(waits.map(isOver))).toEqual([false, false]);
    first.come();
    await Promise.all(waits);
    expect(clock.pending).toBe(0);
  });

  it('ends before the kubelet asks again', async () => {
    expect(HOLD_MS).toBeLessThan(1000);
    const wait = first.wait();
    await clock.advance(HOLD_MS);
    await wait;
    expect(await isOver(first.wait())).toBe(false);
  });

  it('is none for an engine that has answered before', async () => {
    first.come();
    expect(await isOver(first.wait())).toBe(true);
  });
});

/** Runs tasks one after the other, in the order in which they came. */

/** A function that runs `task` when all tasks before it have ended, whatever came of them. */
export function oneAtATime(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const mine = last.then(task);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** One thing after the other, in the order they were asked for; what one of them threw is its asker's alone. */
export function createTurnOf(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}

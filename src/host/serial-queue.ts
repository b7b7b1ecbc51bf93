/**
 * Creates a queue that runs asynchronous work one at a time, in the order of the calls. A failure reaches only its own
 * caller.
 */
export function createSerialQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}

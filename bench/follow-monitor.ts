/** `nft monitor`: every element that comes into a set of the namespace, with the time we heard of it. */
import { type FollowedProgram, followProgram } from "./lines-of.ts";
import type { Namespace } from "./namespace.ts";

export function followMonitor(namespace: Namespace): FollowedProgram {
  return followProgram({
    argv: namespace.enter("/usr/sbin/nft", "monitor", "new", "elements"),
    stream: "stdout",
  });
}

export interface Counted {
  /** When the first and the last of them came. */
  readonly first: number;
  readonly last: number;
}

/** Fails when fewer come in time. */
export async function countElements(
  monitor: FollowedProgram,
  wanted: number,
  withinMs: number,
): Promise<Counted> {
  const done = Promise.withResolvers<Counted>();
  let count = 0;
  let first = Number.NaN;
  monitor.listen(({ text, at }) => {
    if (!text.startsWith("add element")) return;
    if (count === 0) first = at;
    count++;
    if (count === wanted) done.resolve({ first, last: at });
  });
  const fail = (): void => done.reject(new Error(`${count} of ${wanted} elements came`));
  const timer = setTimeout(fail, withinMs);
  try {
    return await done.promise;
  } finally {
    clearTimeout(timer);
  }
}

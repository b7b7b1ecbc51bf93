/**
 * Tells our own transactions from other programs' where each of ours is made by another child.
 *
 * The kernel names the process that made a transaction by its number in the outermost namespace. Where that is not the
 * number we know (inside a container), our transactions are counted instead: as many by "nft" as we made are ours.
 */
export interface OwnTransactions {
  started(pid: number): void;
  ended(done: boolean): void;
  /** The kernel's number for the child that made the marked transaction. */
  learn(pid: number): void;
  isOwn(pid: number, program: string): boolean;
}

/** More than can be announced and not yet read. */
const REMEMBERED = 1024;

export function createOwnTransactions(): OwnTransactions {
  const pids = new Set<number>();
  let counting = false;
  let unannounced = 0;
  return {
    started: (pid) => {
      pids.add(pid);
      const [oldest] = pids;
      if (pids.size > REMEMBERED && oldest !== undefined) pids.delete(oldest);
    },
    ended: (done) => {
      if (done && counting) unannounced = Math.min(unannounced + 1, REMEMBERED);
    },
    learn: (pid) => {
      counting = !pids.has(pid);
    },
    isOwn: (pid, program) => {
      if (!counting) return pids.has(pid);
      if (program !== "nft" || unannounced === 0) return false;
      unannounced--;
      return true;
    },
  };
}

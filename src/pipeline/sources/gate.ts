/** Pauses a reader between two batches of lines, so that its jails can change without losing a line. */

export interface Gate {
  /** Does the work of one batch; waits first while the gate is closed. One at a time. Not done when dropped. */
  pass(work: () => Promise<void>): Promise<void>;
  /** Resolves when the batch under way is done; no other begins until `open`. */
  close(): Promise<void>;
  open(): void;
  /** As `open`, but the batch that waits is not processed: its reader is stopped, and another reads it again. */
  drop(): void;
}

export function createGate(): Gate {
  let closed: PromiseWithResolvers<"open" | "drop"> | undefined;
  let underWay: Promise<void> = Promise.resolve();

  function release(how: "open" | "drop"): void {
    closed?.resolve(how);
    closed = undefined;
  }

  return {
    async pass(work) {
      while (closed !== undefined) if ((await closed.promise) === "drop") return;
      const done = work();
      // Its failure is reported to the caller of `pass`.
      underWay = done.catch(() => undefined);
      await done;
    },
    async close() {
      closed ??= Promise.withResolvers();
      await underWay;
    },
    open: () => release("open"),
    drop: () => release("drop"),
  };
}

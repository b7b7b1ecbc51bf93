/** Pauses a reader between two batches of lines, so that its jails can change without losing a line. */

export interface Gate {
  /**
   * Does the work of one batch; waits first while the gate is closed. Batches run one at a time. After `drop` the work
   * is not done.
   */
  pass(work: () => Promise<void>): Promise<void>;
  /** Resolves when the current batch is done. No other begins until `open`. */
  close(): Promise<void>;
  open(): void;
  /** Opens the gate, but does not process the waiting batch: its reader is stopped, and another one reads it again. */
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
      // The caller of `pass` gets the error.
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

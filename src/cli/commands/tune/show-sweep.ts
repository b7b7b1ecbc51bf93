/** Shows on a terminal how many policies have been tried. */

export interface SweepProgress {
  readonly onTried: (tried: number, all: number) => void;
  /** Removes the progress. */
  readonly end: () => void;
}

export function showSweep(): SweepProgress {
  if (process.stderr.isTTY !== true) return { onTried: () => undefined, end: () => undefined };
  return {
    onTried: (tried, all) =>
      void process.stderr.write(`\rtried ${tried} of at most ${all} policies`),
    end: () => void process.stderr.write("\r\u001b[K"),
  };
}

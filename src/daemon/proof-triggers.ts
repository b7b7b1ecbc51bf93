/**
 * Lets parts that are created before the prover request checks. Requests before the prover starts are dropped, since
 * its first checks cover them.
 */
export interface ProofTriggers {
  /** Judges the existing proofs again, after other facts have changed. */
  judgeAgain(): void;
  /** Runs the checks again in the background. */
  lookSoon(): void;
  /** Like `lookSoon`, but ignores the results of earlier looks. */
  lookFully(): void;
  /** Notes a step of the wall clock, in milliseconds. */
  shift(step: number): void;
  /** Forwards later requests to the prover, which has started. */
  connect(prover: Prover): void;
}

export interface Prover {
  judgeAgain(): void;
  lookSoon(): void;
  lookFully(): void;
  shift(step: number): void;
}

export function createProofTriggers(): ProofTriggers {
  let prover: Prover | undefined;
  return {
    judgeAgain: () => prover?.judgeAgain(),
    lookSoon: () => prover?.lookSoon(),
    lookFully: () => prover?.lookFully(),
    shift: (step) => prover?.shift(step),
    connect(present) {
      prover = present;
    },
  };
}

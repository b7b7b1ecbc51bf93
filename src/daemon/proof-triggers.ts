/**
 * Lets parts that are created before the prover request checks from it. Requests from before the prover starts are
 * dropped, since its first checks cover them.
 */
export interface ProofTriggers {
  /** Judges the existing proofs again, after something else that is judged has changed. */
  judgeAgain(): void;
  /** Runs the checks again in the background. */
  lookSoon(): void;
  /** The same, without relying on earlier looks. */
  lookFully(): void;
  /** The wall clock was stepped by this many milliseconds. */
  shift(step: number): void;
  /** Passes all later requests to the prover, which has started. */
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

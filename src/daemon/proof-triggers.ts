/**
 * Connects the parts whose changes matter to the proofs with the prover, which is created after them. Requests that come
 * before the prover has begun are dropped: its first look finds everything.
 */
export interface ProofTriggers {
  /** Judges the known proofs again, after something that is judged has changed. */
  judgeAgain(): void;
  /** Runs the checks again in the background. */
  lookSoon(): void;
  /** Passes all later requests to the prover, which has begun. */
  connect(prover: Prover): void;
}

export interface Prover {
  judgeAgain(): void;
  lookSoon(): void;
}

export function createProofTriggers(): ProofTriggers {
  let prover: Prover | undefined;
  return {
    judgeAgain: () => prover?.judgeAgain(),
    lookSoon: () => prover?.lookSoon(),
    connect(present) {
      prover = present;
    },
  };
}

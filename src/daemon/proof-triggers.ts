/**
 * Connects the parts whose changes matter to the proofs with the prover, which is created after them. Requests that come
 * before the prover has begun are dropped: its first look finds everything.
 */
export interface ProofTriggers {
  /** Something that is judged changed: judges again what is known. */
  judgeAgain(): void;
  /** Looks at the host again, without anybody waiting for it. */
  lookSoon(): void;
  /** The prover has begun; it serves all requests from now on. */
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

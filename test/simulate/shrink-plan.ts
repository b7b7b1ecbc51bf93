/** Shrinks a failing plan: leaves out steps as long as the same rule is broken (delta debugging). */
import type { Plan, Step } from "./plan/step.ts";
import type { Outcome } from "./run-plan.ts";

const DAY_MS = 86_400_000;
const MARGIN_MS = 600_000;

export interface Shrunk {
  readonly plan: Plan;
  readonly outcome: Outcome;
  readonly runs: number;
}

/** Shrinks a plan with `outcome`; `run` runs a smaller one, at most `maxRuns` times. */
export async function shrinkPlan(
  { plan, outcome }: { readonly plan: Plan; readonly outcome: Outcome },
  run: (plan: Plan) => Promise<Outcome>,
  maxRuns: number,
): Promise<Shrunk> {
  const rule = outcome.differences[0]?.rule;
  const steps = plan.steps.slice(0, outcome.steps);
  // Ends shortly after the failure, because other failures may come a little later.
  const days = Math.min(plan.days, (outcome.simulated + MARGIN_MS) / DAY_MS);
  let best: Omit<Shrunk, "runs"> = { plan: { ...plan, days, steps }, outcome };
  let runs = 0;
  for (let size = Math.ceil(best.plan.steps.length / 2); size >= 1 && runs < maxRuns; ) {
    let isSmaller = false;
    for (let from = 0; from < best.plan.steps.length && runs < maxRuns; ) {
      const candidate = { ...best.plan, steps: without(best.plan.steps, from, size) };
      runs++;
      const tried = await run(candidate);
      if (tried.differences[0]?.rule === rule) {
        best = { plan: candidate, outcome: tried };
        isSmaller = true;
      } else from += size;
    }
    if (size === 1 && !isSmaller) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return { ...best, runs };
}

function without(steps: readonly Step[], from: number, size: number): readonly Step[] {
  return [...steps.slice(0, from), ...steps.slice(from + size)];
}

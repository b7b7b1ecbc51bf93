/**
 * Proposes a rule that recognizes a shape, after testing whether clients can forge its lines. Tests take tens of
 * milliseconds, so results are cached until the filter or the shapes change. Loaded for the first suspicious shape or
 * question.
 */
import type { FilterDefinition } from "../domain/filter-definition.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { neutralRule, proposeRule, type ProposedRule } from "./drift/propose-rule.ts";
import { createFilterCompiler } from "../parse/filter/compile-filter.ts";
import { testForgery } from "./drift/test-forgery.ts";
import type { DriftShape, ProgramDrift } from "./program-drift.ts";

export interface RuleProposals {
  /** Returns the rule, or why none is proposed. */
  of(question: Question): Result<ProposedRule, string>;
  /** Proposes a rule that recognizes the lines as neutral. */
  neutral(question: Question): Result<ProposedRule, string>;
}

export interface Question {
  readonly definition: FilterDefinition;
  readonly program: ProgramDrift;
  readonly shape: DriftShape;
}

type Outcome = Result<ProposedRule, string>;

export function createRuleProposals(): RuleProposals {
  const known = new Map<string, { readonly facts: string; readonly outcome: Outcome }>();

  function remembered(kind: string, question: Question, make: () => Outcome): Outcome {
    const { definition, program, shape } = question;
    const { key, examples, constants } = shape.mined;
    const others = program.shapes().map(({ mined }) => `${mined.key} ${mined.examples.length}`);
    const rules = definition.rules.map(({ id }) => id);
    const facts = JSON.stringify([rules, others.sort(), examples, constants]);
    const before = known.get(`${kind} ${key}`);
    if (before?.facts === facts) return before.outcome;
    const outcome = make();
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(`${kind} ${key}`, { facts, outcome });
    return outcome;
  }

  return {
    of: (question) => remembered("failure", question, () => tryRules(question, proposeRule)),
    neutral: (question) => remembered("neutral", question, () => tryRules(question, neutralRule)),
  };
}

const MAX_REMEMBERED = 64;

/** Returns the first proposed rule that passes every test. */
function tryRules({ definition, program, shape }: Question, write: typeof proposeRule): Outcome {
  const written = write(shape.mined, {
    taken: new Set(definition.rules.map(({ id }) => id)),
    failures: program.lines.failures,
  });
  if (!written.ok) return written;
  const { examples, key } = shape.mined;
  const others = program
    .shapes()
    .map(({ mined }) => mined)
    .filter((mined) => mined.key !== key);
  let reason = "";
  const compile = createFilterCompiler();
  for (const rule of written.value) {
    const why = testForgery({ base: definition, rule, examples, others, compile });
    if (why === undefined) return ok(rule);
    reason = why;
  }
  return fail(reason);
}

/**
 * Defines how lines of one form become shapes and rules: plain text, records with named fields, access logs. Every form
 * uses the miner of drift; it only decides how a message is split and how a rule is written.
 */
import type {
  FilterDefinition,
  RuleDefinition,
  SampleDefinition,
} from "../../../domain/filter-definition.ts";
import type { MinedShape } from "../message-miner.ts";
import type { Tokens } from "../message-tokens.ts";

/** What an administrator may say that lines mean. */
export type Meaning = "failure" | "success" | "neither";

/** What the rule of a shape can mean. */
export type RuleMeaning = Exclude<Meaning, "neither">;

/** Rules that recognize one shape, with their samples. They are used together or not at all. */
export interface Candidate {
  readonly rules: readonly RuleDefinition[];
  readonly samples: readonly SampleDefinition[];
}

export interface LineForm {
  /** What the lines are called on screen. */
  readonly name: string;
  /** Returns the part of a message that is mined; undefined: the message has another form. */
  reduce(message: string): string | undefined;
  /** Splits what `reduce` returned. */
  tokenize(reduced: string): Tokens;
  /** Returns words of failure that are no words, such as a status. */
  failureWords(shape: MinedShape): readonly string[];
  /** Returns the text from which the id of a rule is made. */
  idText(shape: MinedShape): string;
  /** Returns candidates, the one that recognizes most lines first. */
  candidates(shape: MinedShape, as: CandidateHead): readonly Candidate[];
  /** Returns a line of this shape that no rule should recognize; undefined: no such sample is needed or possible. */
  benignLine(shape: MinedShape): string | undefined;
  /** Rules of a higher precision come first, because the first that matches wins. */
  precision(shape: MinedShape): number;
  /** Returns why a candidate could be forged with other lines of the sample; undefined: nothing was found. */
  testForgery?(test: FormForgeryTest): string | undefined;
}

export interface CandidateHead {
  readonly id: string;
  readonly is: RuleMeaning;
}

export interface FormForgeryTest {
  readonly base: FilterDefinition;
  readonly candidate: Candidate;
  readonly shape: MinedShape;
  readonly shapes: readonly MinedShape[];
}

/** Returns a rule that counts each of its lines. */
export function draftRule(
  { id, is }: Pick<RuleDefinition, "id" | "is">,
  recognize: RuleDefinition["recognize"],
): RuleDefinition {
  return { id, is, mode: "normal", counting: "each", closes: false, login: "password", recognize };
}

export function draftSample(
  line: string,
  rule: string,
  { ip, user }: { readonly ip: string | undefined; readonly user: string | undefined },
): SampleDefinition {
  const named = user === "" ? undefined : user;
  return {
    line,
    mode: "normal",
    expect: { kind: "rule", rule, ip, user: named, counts: undefined },
  };
}

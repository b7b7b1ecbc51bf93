/** Defines what rules are compiled to. */
import type { RecordFormat } from "../../domain/filter-definition.ts";
import type { LoginMethod } from "../../domain/login.ts";
import type { Counting, MatchKind } from "../../domain/match.ts";
import type { ExactExpression } from "../expression/exact-expression.ts";
import type { PrefixReader } from "../pattern/truncated-line.ts";
import type { RecordKey } from "../structured/record-path.ts";
import type { StrictRule } from "./strict-rule.ts";

/** One compiled expression of a rule; a rule with several patterns has several. */
export interface CompiledRule {
  readonly id: string;
  readonly kind: MatchKind;
  readonly counting: Counting;
  readonly closes: boolean;
  readonly login: LoginMethod;
  /** Sticky; set `lastIndex` to the message's start. Consumes the "\n" that ends the line. */
  readonly expression: RegExp;
  /** The same for long messages. */
  readonly exact: ExactExpression;
  /** The same for messages in which these capture an invalid address; undefined: they capture only valid ones. */
  readonly strict: StrictRule | undefined;
  /** Minutes east of UTC of the service's times without a zone; undefined: local time. */
  readonly zone?: number;
  /** For truncated lines; undefined: the effect of a hand-written expression on them is unknown. */
  readonly head: PrefixReader | undefined;
  /** Whether it must be given only its line: a hand-written expression can match across "\n". */
  readonly isolated: boolean;
  /** Capture group numbers: none if the rule has no such field, several if a pattern has several alternatives. */
  readonly ipGroups: readonly number[];
  readonly hostGroups: readonly number[];
  readonly userGroups: readonly number[];
  readonly repeatGroups: readonly number[];
  readonly timeGroups: readonly number[];
  readonly sessionGroups: readonly number[];
  /** Only for successes. */
  readonly portGroups: readonly number[];
  /** Whether it has any of these groups. */
  readonly captures: boolean;
  /** See CompiledPattern. */
  readonly openings: readonly string[];
  readonly required: string;
}

/** Values in a structured line. */
export interface RecordKeyRule {
  /** As written. */
  readonly key: string;
  readonly paths: RecordKey["paths"];
}

export interface RecordFieldRule extends RecordKeyRule {
  readonly isOptional: boolean;
  readonly rule: CompiledRule;
}

export interface RecordRule {
  readonly id: string;
  readonly kind: MatchKind;
  readonly counting: Counting;
  readonly closes: boolean;
  readonly login: LoginMethod;
  readonly format: RecordFormat;
  readonly fields: readonly RecordFieldRule[];
  readonly absent: readonly RecordKeyRule[];
  /** For the text before the object; undefined: the object is the whole message. */
  readonly before: CompiledRule | undefined;
  /** Number of values of a CSV line; 0: any. */
  readonly columns: number;
  /** As for CompiledRule. */
  readonly zone?: number;
  /** Where the line's time is; undefined: in one of the usual fields. */
  readonly time: RecordKeyRule | undefined;
}

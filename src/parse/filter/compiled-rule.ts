/** Defines the compiled form of rules. */
import type { RecordFormat } from "../../domain/filter-definition.ts";
import type { LoginMethod } from "../../domain/login.ts";
import type { Counting, MatchKind } from "../../domain/match.ts";
import type { BeginningCheck, ExactExpression } from "../expression/exact-expression.ts";
import type { RequiredTexts } from "../expression/required-texts.ts";
import type { TimeFormat } from "../header/scan-stamp.ts";
import type { LocalOffset } from "../header/timestamp.ts";
import type { PrefixReader } from "../pattern/truncated-line.ts";
import type { RecordKey } from "../structured/record-path.ts";
import type { HoneypotRule } from "./captures.ts";
import type { StrictRule } from "./strict-rule.ts";

export interface StatedTimes {
  /** Zone of times without one; undefined: local time. */
  readonly zone: LocalOffset | undefined;
  /** Whose times have this zone: of the service alone, or also those that a syslog daemon wrote to its log. */
  readonly zoneOf: TimeWriter;
  /** Form of the service's times; undefined: a generally known one. */
  readonly format: TimeFormat | undefined;
}

export type TimeWriter = "service" | "log";

/** One compiled expression of a rule; a rule with several patterns has several. */
export interface CompiledRule extends HoneypotRule {
  readonly id: string;
  readonly kind: MatchKind;
  readonly counting: Counting;
  readonly closes: boolean;
  readonly login: LoginMethod;
  /** The pattern or regular expression of the filter. */
  readonly written: string;
  /**
   * Sticky; set `lastIndex` to the message's start. Consumes the "\n" that ends the line. Created at the first call,
   * because most rules of a host are never used.
   */
  readonly expression: () => RegExp;
  /** Matches the same, in long messages. */
  readonly exact: ExactExpression;
  /**
   * Matches the same, in messages in which `expression` captured an invalid address; undefined: it captures only valid
   * ones.
   */
  readonly strict: StrictRule | undefined;
  /** Zone and form of the service's times, where the filter or the jail states them. */
  readonly times?: StatedTimes;
  /** Returns whether a truncated message may be the beginning of one that `expression` matches. */
  readonly mayBegin: BeginningCheck;
  /** Matches truncated lines; undefined for a hand-written expression, of which only `mayBegin` says something. */
  readonly head: PrefixReader | undefined;
  /** Whether the expression must get only its line, because a hand-written one can match across "\n". */
  readonly isolated: boolean;
  /** Numbers of capture groups: empty if the rule has no such field, several if a pattern has alternatives. */
  readonly ipGroups: readonly number[];
  readonly hostGroups: readonly number[];
  readonly userGroups: readonly number[];
  readonly repeatGroups: readonly number[];
  readonly timeGroups: readonly number[];
  readonly sessionGroups: readonly number[];
  /** Whether the filter itself calls the field `session`; otherwise the text before the field says so. */
  readonly namesSession: boolean;
  /** Only for successes. */
  readonly portGroups: readonly number[];
  /** Whether the rule has any of these groups. */
  readonly captures: boolean;
  /** The same values as in `CompiledPattern`. */
  readonly openings: readonly string[];
  readonly required: RequiredTexts;
}

/** A key of values in a structured line. */
export interface RecordKeyRule {
  /** The key as the filter has it. */
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
  /** Matches the text before the object; undefined: the object is the whole message. */
  readonly before: CompiledRule | undefined;
  /** Names of all values of a CSV line; none: it has any number of values. */
  readonly columns: readonly string[];
  /** The key of its columns, if it reads only lines whose log has a header with these; otherwise "". */
  readonly byHeader: string;
  /** As in `CompiledRule`. */
  readonly times?: StatedTimes;
  /** The field with the line's time; undefined: one of the usual fields. */
  readonly time: RecordKeyRule | undefined;
  /** Whether the first value of a CSV line may be its time: no rule of the filter reads anything else there. */
  readonly mayBeginWithTime?: boolean;
}

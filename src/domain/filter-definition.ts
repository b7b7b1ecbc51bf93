/**
 * A filter as data: what one TOML file of the filter library says, checked for shape but not yet compiled.
 * Adding a filter (or a service) means adding such a file and nothing else.
 */
import type { LoginMethod } from "./login.ts";
import type { Counting, MatchKind } from "./match.ts";

/** Each mode holds the rules of the ones before it. */
export const FILTER_MODES = ["normal", "aggressive"] as const;
export type FilterMode = (typeof FILTER_MODES)[number];

/** How the service is tried: a failed login by the dialogue it speaks, or a marked line through the syslog daemon. */
export const CANARY_KINDS = ["ssh", "http", "smtp", "imap", "ftp", "syslog"] as const;
export type CanaryKind = (typeof CANARY_KINDS)[number];

export interface FilterDefinition {
  readonly name: string;
  readonly description: string;
  /** Where it was read from, for problems. */
  readonly path: string;
  /** Syslog tags or process names whose lines are this filter's; empty: every line of its source. */
  readonly programs: readonly string[];
  /** Journal matches of the service, each a blank-separated AND, the list an OR. */
  readonly journal: readonly string[];
  readonly files: readonly string[];
  readonly ports: readonly string[];
  /** "syslog" when absent. */
  readonly canary?: CanaryKind;
  /** Whether the service writes a line for every connection that was established, at its usual log level. */
  readonly logs_connections?: boolean;
  readonly rules: readonly RuleDefinition[];
  /** Expressions of Python's dialect in place of rules, with fail2ban's options and their meaning. */
  readonly python?: PythonRules;
  readonly samples: readonly SampleDefinition[];
}

/** Texts as fail2ban has them; see its jail.conf(5). */
export interface PythonRules {
  readonly failregex: readonly string[];
  readonly ignoreregex: readonly string[];
  readonly prefregex: string | undefined;
  readonly datepattern: readonly string[];
  readonly maxlines: number;
  readonly usedns: "yes" | "warn" | "no" | "raw";
  readonly logtimezone: string | undefined;
}

/** An operator's addition to a filter: its rules come after those of the filter, so that none of those changes. */
export interface FilterOverlay {
  readonly path: string;
  /** Name of the filter it adds to. */
  readonly extends: string;
  readonly rules: readonly RuleDefinition[];
  readonly samples: readonly SampleDefinition[];
}

export interface RuleDefinition {
  readonly id: string;
  readonly is: MatchKind;
  readonly mode: FilterMode;
  readonly counting: Counting;
  /** Its line is the last of its session. */
  readonly closes: boolean;
  /** Of a success: how access was won. */
  readonly login: LoginMethod;
  readonly recognize: Recognizer;
  /** Of a rule that an overlay added: where it is written, for problems. */
  readonly place?: { readonly path: string; readonly key: string };
}

/** How a rule knows its lines: patterns that read like the line, one regular expression, or fields of a JSON line. */
export type Recognizer =
  | { readonly kind: "line"; readonly patterns: readonly string[] }
  | { readonly kind: "regex"; readonly source: string }
  | { readonly kind: "json"; readonly fields: readonly JsonField[] };

export interface JsonField {
  /** Keys from the outside in: "client.ip" is ["client", "ip"]. */
  readonly path: readonly string[];
  readonly pattern: string;
}

export interface SampleDefinition {
  readonly line: string;
  readonly mode: FilterMode;
  readonly expect: SampleExpectation;
  /** Of a sample that an overlay added: where it is written, for problems. */
  readonly place?: { readonly path: string; readonly key: string };
}

export type SampleExpectation =
  | { readonly kind: "none" }
  | {
      readonly kind: "rule";
      readonly rule: string;
      readonly ip: string | undefined;
      readonly user: string | undefined;
      readonly counts: number | undefined;
    };

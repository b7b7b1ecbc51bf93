/**
 * Defines a filter as data: the content of one TOML file of the filter library, with its shape checked but not
 * compiled.
 */
import type { CrawlerName } from "./crawlers.ts";
import type { LoginMethod } from "./login.ts";
import type { Counting, MatchKind } from "./match.ts";

/** Each mode includes the rules of the ones before it. */
export const FILTER_MODES = ["normal", "aggressive", "abuse"] as const;
export type FilterMode = (typeof FILTER_MODES)[number];

/** Includes the rules of every mode. */
export const STRICTEST_MODE: FilterMode = "abuse";

export function modeIncludes(mode: FilterMode, other: FilterMode): boolean {
  return FILTER_MODES.indexOf(other) <= FILTER_MODES.indexOf(mode);
}

/** How the self-test fails a login: by the protocol of the service, or with a marked line through the syslog daemon. */
export const CANARY_KINDS = ["ssh", "http", "smtp", "imap", "ftp", "syslog"] as const;
export type CanaryKind = (typeof CANARY_KINDS)[number];

export const LACKS = ["success", "ipv6", "unusual-user"] as const;
export type Lack = (typeof LACKS)[number];

/** The general part of a filter: its service, programs and sources, without its rules. */
export interface FilterHead {
  readonly name: string;
  readonly description: string;
  /** The file it was read from, for error messages. */
  readonly path: string;
  /** Syslog tags or process names of the filter's lines; empty: every line of its source. */
  readonly programs: readonly string[];
  /** Journal matches of the service: each is a space-separated AND, the list an OR. */
  readonly journal: readonly string[];
  readonly files: readonly string[];
  readonly ports: readonly string[];
  /** Some of its programs and files that other services have too: only lines about logins show that this one is here. */
  readonly shared?: readonly string[];
  /** Some of its programs that are a client too: they show the service while they listen, or by lines about logins. */
  readonly clients?: readonly string[];
  /** Whether it runs on another host, which sends its log here: no program of this host is its own. */
  readonly remote?: boolean;
}

/** Returns the programs that may run on this host. */
export function localPrograms({ programs, remote }: FilterHead): readonly string[] {
  return remote === true ? [] : programs;
}

export interface FilterDefinition extends FilterHead {
  /** Default: "syslog". */
  readonly canary?: CanaryKind;
  /** Shipped filter of the same service, with which the checks compare fail2ban's expressions. */
  readonly compare_with?: string;
  /** Whether the service writes a line for every connection that was established, at its usual log level. */
  readonly logs_connections?: boolean;
  /** Kinds of lines that this service never logs, so that samples of them are not required. */
  readonly lacks?: readonly Lack[];
  /** Characters that no account in its lines contains, because the service ends, escapes or refuses such names. */
  readonly names_exclude?: string;
  /** Zone of times that the service writes without one: UTC, an offset, or a name; missing: local time. */
  readonly time_zone?: string;
  /** Form of the times that the service writes (scan-stamp/time-format.ts); missing: a generally known one. */
  readonly time_format?: string;
  /**
   * Whether the service's log shows line breaks in clients' text as escapes or drops them. Where it does not, a client
   * can write whole lines. Missing: not confirmed.
   */
  readonly escapes_line_breaks?: boolean;
  /**
   * Headers whose address the service logs as its client's, from any client that sends one. A client chooses the
   * address unless a proxy replaces them.
   */
  readonly address_headers?: readonly string[];
  /** Pattern for the beginning of a record's first line; missing: each line is a record. */
  readonly begins?: string;
  /** Key of the field that has the time of a structured line. */
  readonly time_field?: string;
  /** Patterns of whole lines. Their `{forwarded}` contains the addresses that proxies forwarded (X-Forwarded-For). */
  readonly forwarded_line?: readonly string[];
  /** Patterns of whole lines with the target of a request at `{honeypot}`, for paths that a jail lists. */
  readonly honeypot_line?: readonly string[];
  /** Structured lines with the target of a request at `{honeypot}`. */
  readonly honeypot_record?: readonly RecordRecognizer[];
  /** Whether the service takes upper and lower case of a path for the same. */
  readonly honeypot_ignores_case?: boolean;
  /** Key of the field with the forwarded addresses in a structured line. */
  readonly forwarded_field?: string;
  /** Key of the field with the one address that a proxy set, as a jail chooses it; read instead of the above. */
  readonly client_field?: string;
  /** Describes the records in btmp and wtmp that the service writes for each login, besides its lines. */
  readonly records_logins?: RecordsLogins;
  /**
   * Categories of AbuseIPDB for bans by rules of each mode; empty: such bans are not reported. Missing: chosen by the
   * mode and the ports (actions/named/abuse-categories.ts).
   */
  readonly abuse_categories?: { readonly [mode in FilterMode]?: readonly number[] };
  /** Names of the values of CSV lines, or of those of W3C samples, in order. */
  readonly columns?: readonly string[];
  /** Whether the first line of a CSV log says where these columns are. */
  readonly columns_by_name?: boolean;
  readonly rules: readonly RuleDefinition[];
  /** Expressions in Python's dialect instead of rules, with the meaning of fail2ban's options. */
  readonly python?: PythonRules;
  readonly samples: readonly SampleDefinition[];
}

/** Terminals (`ut_line` of utmp(5)) in records of btmp and of wtmp; "pts/*" matches any name with that beginning. */
export interface RecordsLogins {
  readonly failed: readonly string[];
  readonly succeeded: readonly string[];
}

/** Values of the same options in fail2ban; see its jail.conf(5). */
export interface PythonRules {
  readonly failregex: readonly string[];
  readonly ignoreregex: readonly string[];
  readonly prefregex: string | undefined;
  readonly datepattern: readonly string[];
  readonly maxlines: number;
  readonly usedns: "yes" | "warn" | "no" | "raw";
  readonly logtimezone: string | undefined;
}

/** Rules that a jail uses. "all" includes unverified rules, which a jail must request. */
export type RuleChoice = "all" | "verified";

/** Returns whether verified rules recognize failed logins, not only abuse. */
export function countsLogins({ rules }: Pick<FilterDefinition, "rules">): boolean {
  return rules.some(
    ({ is, mode, unverified }) => is === "failure" && mode === "normal" && unverified !== true,
  );
}

/** Returns whether all rules for failures are unverified; false without such rules. */
export function isUnverified({ rules }: Pick<FilterDefinition, "rules">): boolean {
  const failures = rules.filter(({ is }) => is === "failure");
  return failures.length > 0 && failures.every(({ unverified }) => unverified === true);
}

/** An administrator's addition to a filter: its rules come after those of the filter, which stay unchanged. */
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
  /** The rule matches the last line of a session. */
  readonly closes: boolean;
  /** Whether the service also writes a btmp record for each failure in lines of this rule (`records_logins`). */
  readonly recorded?: boolean;
  /** The crawler that the client claims to be: a failure only if its address is none of the crawler's operator. */
  readonly claims?: CrawlerName;
  /** Whether lines of this rule say that the user does not exist. */
  readonly unknown_user?: boolean;
  /** The rule matches only requests for these paths, which the jail lists as honeypots. */
  readonly honeypot?: HoneypotPaths;
  /** How access was gained; only used for a success. */
  readonly login: LoginMethod;
  readonly recognize: Recognizer;
  /** How the form of its lines is known: source file and version, documentation, or an observed instance. */
  readonly evidence?: string;
  /** How it is known that only the service, and no client, writes what lines of this rule have before its words. */
  readonly leading_text?: string;
  /** Nothing confirms the form of these lines yet: the rule is used only by jails that request it. */
  readonly unverified?: boolean;
  /** Where an overlay defines this rule, for error messages; missing: the filter itself defines it. */
  readonly location?: { readonly path: string; readonly key: string };
}

/** Paths of a web server that nobody requests by mistake. */
export interface HoneypotPaths {
  readonly paths: readonly string[];
  /** Whether the service takes upper and lower case of a path for the same. */
  readonly ignoreCase: boolean;
}

/** How a rule recognizes lines: patterns that read like the line, one regular expression, or fields of a structured line. */
export type Recognizer =
  | { readonly kind: "line"; readonly patterns: readonly string[] }
  | { readonly kind: "regex"; readonly source: string }
  | RecordRecognizer;

/** Keys of rules for structured lines. */
export const RECORD_FORMATS = ["json", "logfmt", "csv", "cef", "w3c", "sd"] as const;
export type RecordFormat = (typeof RECORD_FORMATS)[number];

export interface RecordRecognizer {
  readonly kind: "record";
  readonly format: RecordFormat;
  readonly fields: readonly RecordField[];
  /** Keys that the line must not have, except with the value null. */
  readonly absent: readonly string[];
  /** Pattern for the text before the object. */
  readonly before: string | undefined;
  /** Names of the values of a CSV or W3C line, in order; empty: they only have positions. */
  readonly columns: readonly string[];
  /** Whether the first line of a CSV log says where these columns are. */
  readonly byHeader?: true;
}

export function isCsv(recognize: Recognizer): recognize is RecordRecognizer {
  return recognize.kind === "record" && recognize.format === "csv";
}

/** Returns the patterns of all fields, and of the text before them. */
export function patternsOf({ fields, before }: RecordRecognizer): readonly string[] {
  const patterns = fields.map(({ pattern }) => pattern);
  return before === undefined ? patterns : [before, ...patterns];
}

export interface RecordField {
  /** As written: "client.ip"; see parse/structured/record-path.ts. */
  readonly key: string;
  readonly pattern: string;
}

export interface SampleDefinition {
  readonly line: string;
  readonly mode: FilterMode;
  readonly expect: SampleExpectation;
  /** Where an overlay defines this sample, for error messages; missing: the filter itself defines it. */
  readonly location?: { readonly path: string; readonly key: string };
}

export type SampleExpectation =
  | { readonly kind: "none" }
  | {
      readonly kind: "rule";
      readonly rule: string;
      readonly ip: string | undefined;
      readonly user: string | undefined;
      readonly counts: number | undefined;
      /** The addresses that proxies forwarded, as written in the line. */
      readonly forwarded?: string;
    };

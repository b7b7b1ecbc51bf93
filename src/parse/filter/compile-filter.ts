/** Compiles a FilterDefinition to a Filter: its rules, and what all of its lines have in common. */
import {
  type FilterDefinition,
  type FilterMode,
  modeIncludes,
  type RuleChoice,
  type RuleDefinition,
} from "../../domain/filter-definition.ts";
import type { CrawlerName } from "../../domain/crawlers.ts";
import type { Problem } from "../../domain/problem.ts";
import type { RecordStart } from "../../domain/record-start.ts";
import { type Result, fail, ok } from "../../domain/result.ts";
import { withTimeField } from "./compile-record.ts";
import { compileRule } from "./compile-rule.ts";
import { numbersConnections } from "./connection-field.ts";
import { compileForwarded, type ForwardedReader } from "./forwarded-reader.ts";
import type { LineRecognizer } from "../../domain/line-recognizer.ts";
import type { Recapture, RecaptureOptions } from "./recapture.ts";
import type { CompiledRule, RecordRule, StatedTimes } from "./compiled-rule.ts";
import { withTimes } from "./stated-times.ts";
import { inUtc, withColumns } from "./named-columns.ts";
import { recordStartOf } from "./record-start.ts";
import type { LocalOffset } from "../header/timestamp.ts";

export interface Filter {
  readonly name: string;
  readonly mode: FilterMode;
  /** A text that is equal for filters with the same rules. */
  readonly variant: string;
  readonly programs: readonly string[];
  readonly rules: readonly CompiledRule[];
  readonly recordRules: readonly RecordRule[];
  /** Crawlers that clients claim to be, by rule; undefined: by no rule. */
  readonly claims?: ReadonlyMap<string, CrawlerName>;
  /** Ids of rules whose lines say that the user does not exist; undefined: there are none. */
  readonly unknownUserRules?: ReadonlySet<string>;
  /** Ids of rules about requests for honeypots; undefined: there are none. */
  readonly honeypotRules?: ReadonlySet<string>;
  /** Set if no rule reports a login. */
  readonly lacksLogins?: true;
  /** Reads the addresses that proxies forwarded; undefined: the filter's lines have none. */
  readonly forwarded?: ForwardedReader;
  /** Zone and form of its times, where it or the jail states them. */
  readonly times?: StatedTimes;
  /** Name of the container whose lines count, which a prefix of the line names; undefined: lines have no prefix. */
  readonly prefix?: string;
  /** Recognizes the first line of records of several lines; undefined: each line is a record. */
  readonly begins?: RecordStart;
  /** Columns of its samples, for a filter of W3C logs. */
  readonly w3cColumns?: readonly string[];
  /** Columns of CSV lines, of which the first line of a log says where they are. */
  readonly headerColumns?: readonly string[];
  /** Set for a web service, to which content delivery networks may forward requests. */
  readonly servesHttp?: true;
  /** Creates a recognizer for a source, which gets every line instead of `rules`. */
  readonly createRecognizer?: (localOffset: LocalOffset) => LineRecognizer;
  /** Creates a recapture, if the filter captures more than a match holds. */
  readonly createRecapture?: (options: RecaptureOptions) => Recapture;
}

export type CompileFilter = (
  definition: FilterDefinition,
  mode: FilterMode,
  choice?: RuleChoice,
) => Result<Filter, readonly Problem[]>;

export const compileFilter: CompileFilter = (...filter) => createFilterCompiler()(...filter);

/** Compiles a rule once for all filters that contain it: modes of one filter, or a filter and its overlay. */
export function createFilterCompiler(): CompileFilter {
  const known = new Map<
    RuleDefinition,
    Map<RuleDefinition["is"], ReturnType<typeof compileRule>>
  >();
  return (definition, mode, choice = "all") => {
    const problems: Problem[] = [];
    const rules: CompiledRule[] = [];
    const recordRules: RecordRule[] = [];
    for (const [index, rule] of definition.rules.entries()) {
      if (choice === "verified" && rule.unverified === true) continue;
      const place = rule.location ?? { path: definition.path, key: `rule.${index}` };
      const { is } = inMode(rule, mode);
      const ofRule = known.getOrInsertComputed(rule, () => new Map());
      const compiled = ofRule.getOrInsertComputed(is, () => compileRule({ ...rule, is }, place));
      if (!compiled.ok) problems.push(...compiled.error);
      else if (compiled.value.kind === "record") recordRules.push(compiled.value.rule);
      else rules.push(...compiled.value.rules);
    }
    const timed = withTimeField(definition, recordRules);
    if (!timed.ok) problems.push(timed.error);
    const forwarded = compileForwarded(definition);
    if (!forwarded.ok) problems.push(forwarded.error);
    const start = recordStartOf(definition);
    // The first column is known only from rules that compile.
    const isStated = definition.begins !== undefined || problems.length === 0;
    if (start?.ok === false && isStated) problems.push(start.error);
    if (!timed.ok || !forwarded.ok || problems.length > 0) return fail(problems);
    const { name, programs } = definition;
    const variant = `${name} ${mode} ${choice}`;
    const compiled = {
      ...{ name, mode, variant, programs, rules, recordRules: timed.value },
      ...(forwarded.value === undefined ? {} : { forwarded: forwarded.value }),
      ...(start?.ok === true ? { begins: start.value } : {}),
      ...claimsOf(definition),
      ...markedRulesOf(definition),
      ...(definition.rules.some(({ is }) => is === "success")
        ? {}
        : { lacksLogins: true as const }),
      ...(servesHttp(definition) ? { servesHttp: true as const } : {}),
    };
    const filter = numbersConnections(definition.rules) ? compiled : asOneSession(compiled);
    return ok(withTimes(withColumns(filter, definition), inUtc(definition, filter), "service"));
  };
}

function claimsOf({ rules }: FilterDefinition): Pick<Filter, "claims"> {
  const claims = rules.flatMap(({ id, claims: name }) =>
    name === undefined ? [] : [[id, name] as const],
  );
  return claims.length === 0 ? {} : { claims: new Map(claims) };
}

function markedRulesOf({ rules }: FilterDefinition): Partial<Filter> {
  const unknown = rules.filter((rule) => rule.unknown_user === true).map(({ id }) => id);
  const honeypots = rules.filter((rule) => rule.honeypot !== undefined).map(({ id }) => id);
  return {
    ...(unknown.length === 0 ? {} : { unknownUserRules: new Set(unknown) }),
    ...(honeypots.length === 0 ? {} : { honeypotRules: new Set(honeypots) }),
  };
}

function servesHttp({ canary, ports }: FilterDefinition): boolean {
  return canary === "http" || ports.includes("http") || ports.includes("https");
}

function asOneSession(filter: Filter): Filter {
  const plain = (rule: CompiledRule): CompiledRule =>
    rule.sessionGroups.length > 0 ? { ...rule, sessionGroups: [] } : rule;
  const recordRules = filter.recordRules.map((rule) => {
    const fields = rule.fields.map((field) => ({ ...field, rule: plain(field.rule) }));
    return { ...rule, fields };
  });
  return { ...filter, rules: filter.rules.map(plain), recordRules };
}

/**
 * Adapts a rule to a mode. A rule of a stricter mode still provides context in a milder one: its lines are recognized
 * and identify the peer.
 */
function inMode(rule: RuleDefinition, mode: FilterMode): RuleDefinition {
  return modeIncludes(mode, rule.mode) ? rule : { ...rule, is: "pending" };
}

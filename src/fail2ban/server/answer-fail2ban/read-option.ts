/**
 * Returns one option of a running jail in fail2ban's units. Options are computed on demand, because date patterns are
 * slow to compile.
 */
import type { JailConfig } from "../../../config/config.ts";
import { formatIgnoreEntry } from "../../../config/kinds/ignore-entry.ts";
import type {
  FilterDefinition,
  PythonRules,
  RuleDefinition,
} from "../../../domain/filter-definition.ts";
import { createDateDetector } from "../../dialect/date-detector.ts";
import { compileDatePattern } from "../../dialect/date-pattern.ts";
import { expandTags } from "../../dialect/expand-tags.ts";
import { type PickleValue, tuple } from "../pickle-value.ts";
import type { JailFacts } from "./jail-facts.ts";
import { KEPT_LINES } from "./kept-lines.ts";
import { readCache } from "./read-cache.ts";
import { type Texts, textsOf } from "./texts.ts";

/** Returns the value; undefined: the option does not exist. */
export function readOption(name: string, facts: JailFacts): PickleValue | undefined {
  const { live, fail2ban, overrides } = facts;
  const { config } = live.jail;
  return (
    readPolicy(name, config) ??
    readText(name, textsOf(config, fail2ban, overrides), {
      config,
      ofFail2ban: fail2ban !== undefined,
    }) ??
    readRules(name, live.definition)
  );
}

function readPolicy(
  name: string,
  { maxretry, findtime, bantime, ignoreip }: JailConfig,
): PickleValue | undefined {
  switch (name) {
    case "maxretry":
      return maxretry;
    case "findtime":
      return Math.round(findtime / 1000);
    case "bantime":
      return bantime === "forever" ? -1 : Math.round(bantime / 1000);
    case "ignoreip":
      return ignoreip.map(formatIgnoreEntry);
    case "ignoreself":
      return true;
  }
  return undefined;
}

/** fail2ban's default of maxmatches. */
const USUAL_MATCHES = 5;

/** Returns an option from its text: durations in seconds, everything else as written, None without a value. */
function readText(
  name: string,
  texts: Texts,
  { config, ofFail2ban }: { readonly config: JailConfig; readonly ofFail2ban: boolean },
): PickleValue | undefined {
  const { increment } = config;
  switch (name) {
    case "ignorecommand":
      return config.ignorecommand || (texts.get(name) ?? false);
    case "ignorecache":
      return describeCache(texts.get(name) ?? "");
    case "logencoding":
      return texts.get(name) ?? "UTF-8";
    case "maxmatches":
      return Number(texts.get(name) ?? (ofFail2ban ? USUAL_MATCHES : KEPT_LINES));
    case "bantime.increment":
      return texts.has(name) ? increment.enabled : undefined;
    case "bantime.maxtime":
      if (increment.multipliers.includes(Infinity)) return -1;
      return texts.has(name) ? Math.round(increment.maxtime / 1000) : undefined;
    case "bantime.rndtime":
      return texts.has(name) ? Math.round(increment.jitter / 1000) : undefined;
    case "bantime.factor":
    case "bantime.formula":
    case "bantime.multipliers":
    case "bantime.overalljails":
      return texts.get(name);
  }
  return undefined;
}

/** Returns the settings of the cache; undefined (Python's None): it is disabled. */
function describeCache(text: string): PickleValue | undefined {
  const cache = text.trim() === "" ? undefined : readCache(text);
  return cache === undefined ? undefined : [cache.key, cache.count, cache.seconds];
}

function readRules(name: string, { python, rules }: FilterDefinition): PickleValue | undefined {
  const expand = (text: string): string => expandTags(text, python?.usedns ?? "no");
  switch (name) {
    case "failregex":
      return python === undefined ? rules.flatMap(patternsOf) : python.failregex.map(expand);
    case "ignoreregex":
      return python?.ignoreregex.map(expand) ?? [];
    case "prefregex":
      return python?.prefregex === undefined ? "" : expand(python.prefregex);
    case "usedns":
      return python?.usedns ?? "no";
    case "maxlines":
      return python?.maxlines ?? 1;
    case "logtimezone":
      return python?.logtimezone ?? null;
    case "datepattern":
      return describeDates(python?.datepattern ?? []);
  }
  return undefined;
}

/** Returns the failure patterns of a native filter, as in its file. */
function patternsOf({ is, recognize }: RuleDefinition): readonly string[] {
  if (is !== "failure") return [];
  switch (recognize.kind) {
    case "line":
      return recognize.patterns;
    case "regex":
      return [recognize.source];
    case "record": {
      const fields = recognize.fields.map(({ key, pattern }) => `${key}: ${pattern}`);
      return [fields.join(" ")];
    }
  }
}

/** Returns the date pattern, if it has a textual form, and its name. */
function describeDates(patterns: PythonRules["datepattern"]): PickleValue {
  const usual = tuple(null, "Default Detectors");
  const [first] = patterns;
  if (first === undefined) return usual;
  const detector = createDateDetector(patterns);
  if (!detector.ok || detector.value.tally.length !== 1) return usual;
  const written = first.toUpperCase() === "{NONE}" ? "{UNB}^" : first;
  const only = compileDatePattern(written);
  if (!only.ok) return usual;
  const { name } = only.value;
  const isNumber =
    /^(?:\{\^LN-BEG\})?(?:(?:Long)?Epoch|TAI64N)$/.test(name) || /\{L?EPOCH\}/i.test(written);
  return tuple(isNumber ? null : written, name);
}

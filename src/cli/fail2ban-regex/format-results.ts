/** Formats the final report: matches of each expression and date pattern, and lines of each result. */
import type { PythonRules } from "../../domain/filter-definition.ts";
import { expandTags } from "../../fail2ban/dialect/expand-tags.ts";
import type { DateTally } from "../../fail2ban/dialect/date-detector.ts";
import { pythonRepr } from "../../fail2ban/server/python-text.ts";
import type { LineFate, LineTally } from "./line-tally.ts";
import type { RegexOptions } from "./options.ts";

export interface RuleFinding {
  readonly id: string;
  /** Seconds since 1970; undefined: no date was found. */
  readonly at: number | undefined;
  /** Whether more than one expression matched the line. */
  readonly several: boolean;
}

export interface Results {
  readonly options: RegexOptions;
  readonly rules: PythonRules;
  readonly prefixes: number;
  /** Captured groups of prefregex, as many as are shown. */
  readonly prefixGroups: readonly ReadonlyMap<string, string | null>[];
  /** Number of matches of each failregex, and its failures. */
  readonly failures: readonly { readonly hits: number; readonly found: readonly RuleFinding[] }[];
  readonly ignored: readonly number[];
  readonly dates: readonly DateTally[];
  readonly lines: LineTally;
  readonly seconds: number;
  readonly overLimit: number;
  /** Number of missed lines with a host name and without an address. */
  readonly named: number;
}

/** Maximum number of lines of each kind to show by default. */
export const USUAL_LINES = 20;

export function formatResults(results: Results): string {
  const { options, rules, lines, seconds, overLimit } = results;
  const { matched, missed, ignored } = lines.counts;
  const parts = ["", "Results", "======="];
  if (rules.prefregex !== undefined) {
    const most = options.maxLines ?? USUAL_LINES;
    const groups = results.prefixGroups.map(
      (one, i) => `    ${i < most ? pythonRepr(one) : "..."}`,
    );
    const shown = [
      expandTags(rules.prefregex, rules.usedns),
      ...(options.verbose > 0 ? groups : []),
    ];
    parts.push("", `Prefregex: ${results.prefixes} total`, ...listOf(shown));
  }
  parts.push(...formatRules("Failregex", rules.failregex, results));
  parts.push(...formatRules("Ignoreregex", rules.ignoreregex, results));
  parts.push("", "Date template hits:", ...listOf(formatDates(results), "[# of hits] date format"));
  const counts = `${ignored} ignored, ${matched} matched, ${missed} missed`;
  parts.push("", `Lines: ${lines.tested} lines, ${counts}`);
  if (results.named > 0)
    parts.push(`Host names: ${results.named} lines name no address, and names are never looked up`);
  if (overLimit > 0) parts.push(`Not finished: ${overLimit} lines took too long`);
  parts.push(`[processed in ${seconds.toFixed(2)} sec]`, "");
  if (options.matched === "all") parts.push(...formatLines("matched", results));
  if (options.ignored !== "none") parts.push(...formatLines("ignored", results));
  if (options.missed !== "none") parts.push(...formatLines("missed", results));
  return parts.join("\n");
}

function listOf(entries: readonly string[], header?: string): readonly string[] {
  if (entries.length === 0) return [];
  const head = header === undefined ? [] : [`|- ${header}`];
  return [...head, ...entries.map((entry) => `|  ${entry}`), "`-"];
}

function formatRules(
  title: "Failregex" | "Ignoreregex",
  expressions: readonly string[],
  { options, failures, ignored }: Results,
): readonly string[] {
  const isFailure = title === "Failregex";
  const hitsOf = (i: number): number => (isFailure ? failures[i]?.hits : ignored[i]) ?? 0;
  const total = expressions.reduce((sum, _, i) => sum + hitsOf(i), 0);
  const shown = expressions.flatMap((text, i) => {
    const hits = hitsOf(i);
    if (hits === 0 && options.verbose === 0) return [];
    const found = isFailure && options.verbose > 0 ? (failures[i]?.found ?? []) : [];
    return [`${String(i + 1).padStart(2)}) [${hits}] ${text}`, ...found.map(formatFinding)];
  });
  return ["", `${title}: ${total} total`, ...listOf(shown, " #) [# of hits] regular expression")];
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function formatFinding({ id, at, several }: RuleFinding): string {
  const time = at === undefined ? new Date() : new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":");
  const day = `${DAYS[time.getDay()]} ${MONTHS[time.getMonth()]} ${two(time.getDate())}`;
  const flag = several ? " (multiple regex matched)" : "";
  return `    ${id}  ${day} ${clock} ${time.getFullYear()}${flag}`;
}

function formatDates({ dates, options }: Results): readonly string[] {
  return dates.flatMap(({ template, found, weight }) => {
    if (found === 0 && options.verbose === 0) return [];
    const { name, pattern, expression } = template;
    const own = template.weight.toFixed(3);
    const more = [
      `    # weight: ${weight.toFixed(3)} (${own}), pattern: ${pattern}`,
      `    # regex:   ${expression}`,
    ];
    return [`[${found}] ${name}`, ...(options.verboseDate ? more : [])];
  });
}

function formatLines(what: LineFate, results: Results): readonly string[] {
  const { options, lines, rules } = results;
  const count = lines.counts[what];
  if (count === 0) return [];
  const header = `${what.charAt(0).toUpperCase()}${what.slice(1)} line(s):`;
  const shownLines = options.maxLines ?? USUAL_LINES;
  if (count >= shownLines && options[what] !== "all")
    return [`${header} too many to print.  Use --print-all-${what} to print all ${count} lines`];
  if (!options.debuggex)
    return listOf(
      lines[what].map((line) => line.trimEnd()),
      header,
    );
  const expressions = what === "ignored" ? rules.ignoreregex : rules.failregex;
  const links = lines[what].flatMap((line) =>
    expressions.map((text) => `${line} | ${text} |  ${debuggexLink(line, text, rules)}`.trimEnd()),
  );
  return listOf(links, header);
}

function debuggexLink(line: string, text: string, { usedns, maxlines }: PythonRules): string {
  const query = new URLSearchParams({
    re: expandTags(text, usedns),
    str: line,
    flavor: "python",
    ...(maxlines > 1 ? { flags: "m" } : {}),
  });
  return `https://www.debuggex.com/?${query.toString()}`;
}

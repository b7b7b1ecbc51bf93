/** Runs `filter explain`: shows how a filter reads one line, or one record of several lines. */
import { amount } from "../../../domain/amount.ts";
import { CodedError } from "../../../domain/errors.ts";
import type { FilterDefinition } from "../../../domain/filter-definition.ts";
import type { Match } from "../../../domain/match.ts";
import { formatInstant } from "../../../domain/instant.ts";
import { docPage } from "../../../config/doc-page.ts";
import { cutLongLine } from "../../../parse/filter/cut-long-line.ts";
import { describeReading } from "../../../parse/filter/describe-reading.ts";
import { explainLine, type RuleAttempt } from "../../../parse/filter/explain-line.ts";
import { compileForwarded } from "../../../parse/filter/forwarded-reader.ts";
import { recordStartOf } from "../../../parse/filter/record-start.ts";
import { splitContainerPrefix } from "../../../parse/route/container-prefix.ts";
import { joinsSample } from "../../../parse/route/sample-batch.ts";
import type { CommandContext } from "../../context.ts";
import { EXIT, type ExitCode } from "../../exit-code.ts";
import { readNamedFilter } from "../../read-named-filter.ts";
import { safe } from "../../terminal.ts";
import { routeSample } from "./route-sample.ts";

const OWN_LOG_ONLY =
  "\nThat is so only in a log that this service alone writes: elsewhere the line is that of another program.";

/** Without --all, only as many of the rules that come closest are shown. */
const MAX_SHOWN = 3;

export async function explain(
  context: CommandContext,
  words: readonly string[],
  { all }: { readonly all: boolean },
): Promise<ExitCode> {
  const [name, written, ...more] = words;
  if (name === undefined || written === undefined || more.length > 0)
    throw new CodedError("usage", "filter explain takes a filter and one line", {
      hint: "put the line in quotes: bailiff filter explain sshd 'Failed password for …'",
    });
  const definition = await readNamedFilter(context, name);
  const whole = written.replace(/\n+$/, "");
  requireOneRecord(definition, whole);
  const { line, attempts, isShared, notes } = readLine(definition, whole);
  const first = attempts.findIndex(({ isMatch }) => isMatch);
  const lines = attempts
    .map((attempt, i) => ({ attempt, isLate: first >= 0 && i > first }))
    .toSorted((a, b) => closeness(b.attempt, line) - closeness(a.attempt, line))
    .map(({ attempt, isLate }) => describeAttempt(attempt, isLate));
  const shown = all ? lines : lines.slice(0, MAX_SHOWN);
  const hidden = lines.length - shown.length;
  const verdict =
    first < 0
      ? `No rule matches. To add one: ${docPage("filters.md")}`
      : `Rule "${attempts[first]?.rule}" is used: it is the first that matches.${isShared ? "" : OWN_LOG_ONLY}`;
  const reading = [...notes, ...describeReading(definition, line, isShared)];
  context.terminal.show(
    [
      ...shown,
      ...(hidden === 0 ? [] : [`${amount(hidden, "more rule")} (--all shows them)`]),
      ...reading.map((note) => safe(note)),
      ...describeForwarded(definition, line),
      ...describeMatch(definition, line),
      verdict,
    ].join("\n"),
  );
  return first < 0 ? EXIT.no : EXIT.ok;
}

function requireOneRecord(definition: FilterDefinition, line: string): void {
  const { name, begins } = definition;
  const lines = line.split("\n").length;
  if (lines === 1 || begins !== undefined) return;
  const start = recordStartOf(definition);
  if (start?.ok === true && joinsSample(line, start.value)) return;
  const [why, fix] =
    start === undefined
      ? ["has no begins", "state begins in the filter to join them"]
      : [
          "has rows of CSV, which continue only within quotes",
          "quote the value with the line break",
        ];
  throw new CodedError("usage", `${name} ${why}, so it reads these ${lines} lines one by one`, {
    hint: `explain one of them, or ${fix}`,
  });
}

interface ReadLine {
  /** The line as rules get it: without a container's prefix, and cut if it is too long. */
  readonly line: string;
  readonly attempts: readonly RuleAttempt[];
  /** Whether a rule matches it in a log of several programs. */
  readonly isShared: boolean;
  readonly notes: readonly string[];
}

function readLine(definition: FilterDefinition, whole: string): ReadLine {
  const line = cutLongLine(whole);
  const own = attemptsAt(definition, line);
  if (own.isMatched) return { ...own, line, notes: [] };
  const prefixed = splitPrefixes(line);
  if (prefixed !== undefined) {
    const { name, text } = prefixed;
    const note = `The line has the prefix of a container: rules see what is behind it, in a jail with container_prefix = ${JSON.stringify(name)}, or with scan --container ${name}.`;
    return { ...attemptsAt(definition, text), line: text, notes: [note] };
  }
  const uncut = line === whole ? undefined : attemptsAt(definition, whole);
  const match = uncut?.attempts.find(({ isMatch }) => isMatch);
  const note = match && `Rule "${match.rule}" would match the whole line.`;
  return { ...own, line, notes: note === undefined ? [] : [note] };
}

/** Takes the same prefix off all lines of a record. */
function splitPrefixes(record: string): ReturnType<typeof splitContainerPrefix> {
  const lines = record.split("\n").map((line) => splitContainerPrefix(line));
  const [first] = lines;
  const texts = lines.flatMap((one) => (one?.name === first?.name ? (one?.text ?? []) : []));
  return first && texts.length === lines.length
    ? { name: first.name, text: texts.join("\n") }
    : undefined;
}

function attemptsAt(
  definition: FilterDefinition,
  line: string,
): Pick<ReadLine, "attempts" | "isShared"> & { readonly isMatched: boolean } {
  const shared = explainLine(definition, line, "shared");
  const isShared = shared.some(({ isMatch }) => isMatch);
  const attempts = isShared ? shared : explainLine(definition, line, "own");
  return { attempts, isShared, isMatched: attempts.some(({ isMatch }) => isMatch) };
}

/** A match of some words counts more than words of the rest that the line has anywhere. */
function closeness({ isMatch, matched, expected, fields = 0 }: RuleAttempt, line: string): number {
  if (isMatch) return Number.POSITIVE_INFINITY;
  const words = new Set(expected.match(/[a-z]{3,}/gi));
  const shared = [...words].filter((word) => line.includes(word)).length;
  return 100 * (fields + (matched.match(/\w+\W/g)?.length ?? 0)) + shared;
}

function describeForwarded(definition: FilterDefinition, line: string): readonly string[] {
  const read = compileForwarded(definition);
  const list = read.ok ? read.value?.(line) : undefined;
  return list === undefined
    ? []
    : [`Forwarded addresses, if the peer is in trusted_proxies: ${quote(list)}.`];
}

/** Describes what a recognized line lacks, and its time if the filter states its zone or form; or why it is given up. */
function describeMatch(definition: FilterDefinition, line: string): readonly string[] {
  const routed = routeSample(definition, [line]);
  const match = routed?.matches[0];
  if (match !== undefined) return [...describeAddress(match), ...describeTime(definition, match)];
  return routed === undefined || routed.overLimit === 0
    ? []
    : [
        `The rules reached their step limit on this line, so it counts nothing: ${docPage("filters.md")} (Why no line can hang it)`,
      ];
}

function describeAddress({ kind, ip, host }: Match): readonly string[] {
  if (ip !== undefined || kind === "neutral" || kind === "pending") return [];
  return host === undefined
    ? ["Address: none in the line; it counts with the one that another line of its session has."]
    : [`Address: none; ${quote(host)} is a name, which is not looked up and counts nothing.`];
}

function describeTime(
  { time_zone: zone, time_format: form }: FilterDefinition,
  match: Match,
): readonly string[] {
  if (!match.isTimed)
    return [
      `Time: none${form === undefined ? " in the line" : ` in the form ${JSON.stringify(form)}`}`,
    ];
  return zone === undefined && form === undefined ? [] : [`Time: ${formatInstant(match.at)}`];
}

function describeAttempt(
  { rule, isMatch, matched, expected, found, isDescription, field, fields }: RuleAttempt,
  isLate: boolean,
): string {
  if (isMatch) return `${rule}: matches${isLate ? ", but an earlier rule takes the line" : ""}`;
  const where = field === undefined ? "" : `field ${quote(field)} `;
  if (expected === "")
    return `${rule}: ${where}fits the text, but the line is not read as such a message`;
  const end = `the end of the ${field === undefined ? "line" : "field"}`;
  const shown = isDescription === true ? safe(found) : quoteBeginning(found);
  const but = `found ${found === "" && matched !== "" ? end : shown}`;
  if (matched !== "")
    return `${rule}: ${where}matches ${quoteEnd(matched)}, then expected ${safe(expected)}, ${but}`;
  if (fields === undefined)
    return `${rule}: does not match at the beginning: expected ${safe(expected)}, ${but}`;
  return `${rule}: ${where}does not match: expected ${safe(expected)}, ${but}`;
}

/** Maximum length of a text of a line that is shown. */
const MAX_TEXT = 200;

function quoteBeginning(text: string): string {
  return quote(text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);
}

function quoteEnd(text: string): string {
  return quote(text.length > MAX_TEXT ? `…${text.slice(-MAX_TEXT)}` : text);
}

/** Quotes a text of a line. Quoted first, so that a tab is not escaped twice. */
function quote(text: string): string {
  return safe(JSON.stringify(text));
}

/**
 * Finds rules that recognize their message inside another message of the same program. Programs quote what clients chose,
 * such as a sender or a path, in many messages that no rule knows, so a rule must not take other text before its own
 * words. Where the service itself writes that text, the rule says so (`leading_text`).
 */
import type { FilterDefinition, SampleDefinition } from "../../domain/filter-definition.ts";
import { isRecord, parseJson } from "../../domain/json.ts";
import type { Match } from "../../domain/match.ts";
import type { Problem } from "../../domain/problem.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { victimLike } from "../../parse/pattern/forge.ts";
import { createLinesRouter } from "./route-lines.ts";
import { ruleProblem, showLine } from "./rule-problem.ts";
import { splitMessage } from "./sample-message.ts";

/** How messages of a program may begin before a text that a client chose. */
const BEGINNINGS = [
  "other ",
  "delivered: id=<",
  "some words (user: ",
  "a, b: ",
  "[other] ",
  "other: other: ",
  'other "',
];

/** Maximum number of places of a harmless line into which messages are written. */
const MAX_PLACES = 64;

/** Maximum number of messages that are written into each place of a harmless line. */
const MAX_COPIES = 12;

interface Quoted {
  readonly rule: string;
  readonly head: string;
  readonly message: string;
}

export function findQuotedMessages(
  definition: FilterDefinition,
  filter: Filter,
): readonly Problem[] {
  const lines = quotingLines(definition);
  const [matches = []] = createLinesRouter([filter])(lines).matches;
  const found = new Map<string, string>();
  for (const [at, match] of matches.entries())
    if (match !== undefined && accusesVictim(match)) found.set(match.rule, lines[at] ?? "");
  return definition.rules.flatMap((rule): readonly Problem[] => {
    const line = found.get(rule.id);
    if ((line === undefined) === (rule.leading_text === undefined)) return [];
    const what = line === undefined ? NOT_NEEDED : quotedMessage(line);
    return [ruleProblem(definition, rule, what)];
  });
}

/** Returns lines of other messages of the program, which contain a message of the samples about a victim. */
export function quotingLines({ programs, samples }: FilterDefinition): readonly string[] {
  const quoted = samples.flatMap((sample) => victimsMessage(sample, programs));
  // Without a time and a program before it, the beginning of a line is the service's own.
  const isBehindHead = ({ head }: Quoted) =>
    head === "" ? programs.length > 0 : /[\s\]]$/.test(head);
  const behind = quoted
    .filter(isBehindHead)
    .flatMap(({ head, message }) =>
      BEGINNINGS.flatMap((text) => [`${head}${text}${message}`, `${head}${text}${message}> x`]),
    );
  const byRule = new Map(quoted.map((one) => [one.rule, one.message]));
  const copies = [...byRule.values()].slice(0, MAX_COPIES);
  const within = samples.flatMap(({ line, expect }) => {
    if (expect.kind !== "none") return [];
    const [head, message] = splitMessage(line, programs);
    const escape = escapingOf(message);
    return wordStarts(message).flatMap((at) =>
      copies.map((copy) => {
        const text = escape(`x ${copy} x`);
        return `${head}${message.slice(0, at)}${text}${message.slice(at)}`;
      }),
    );
  });
  return [...behind, ...within];
}

function victimsMessage(
  { line, expect }: SampleDefinition,
  programs: readonly string[],
): readonly Quoted[] {
  if (expect.kind === "none" || expect.ip === undefined) return [];
  const [head, message] = splitMessage(line, programs);
  return [
    { rule: expect.rule, head, message: message.replaceAll(expect.ip, victimLike(expect.ip)) },
  ];
}

/** Returns how the writer of a message escapes what a client chose. */
function escapingOf(message: string): (text: string) => string {
  const isJson = isRecord(parseJson(message));
  return (text) => (isJson ? JSON.stringify(text).slice(1, -1) : text);
}

/** Returns where words begin, except the first one: a client's text may stand there. */
function wordStarts(message: string): readonly number[] {
  const starts = message.matchAll(/(?<=[\s"'=:/([<{])[\p{L}\p{N}]/gu);
  return Array.from(starts.take(MAX_PLACES), ({ index }) => index);
}

function accusesVictim({ kind, ip, host }: Match): boolean {
  const accused = ip ?? host;
  const isCounted = kind === "failure" || kind === "success";
  return isCounted && accused !== undefined && accused === victimLike(accused);
}

function quotedMessage(line: string): Pick<Problem, "got" | "expected" | "hint"> {
  return {
    got: `the message inside another one: ${showLine(line)}`,
    expected: "no match: a client may have chosen it",
    hint: 'begin with words of the service, or add leading_text = "log.c of myapp 2.4" if no client writes there',
  };
}

const NOT_NEEDED = {
  got: "leading_text of a rule that takes no other text before its own words",
  expected: "no leading_text",
  hint: "remove leading_text",
};

/**
 * Finds the rules that can match a message without trying all. Uses the literal text with which a message begins, and
 * for rules that begin with anything one search for the literals they require. All filters share one index, so the cost
 * of a line does not grow with their number.
 */
import type { CompiledRule, RecordRule } from "../filter/compiled-rule.ts";
import type { Filter } from "../filter/compile-filter.ts";
import { type Found, executeAndReport } from "./execute.ts";
import { type CutMessage, readCut } from "./cut-message.ts";
import { createLiteralScan } from "./literal-scan.ts";
import { executeLong, LONG_MESSAGE_LENGTH, MAX_TRIED } from "./long-message.ts";
import { OpeningTree } from "./opening-tree.ts";
import type { Effort } from "../expression/search-effort.ts";

/** A filter and its index in the router. */
export interface IndexedFilter {
  readonly entry: number;
  readonly filter: Filter;
}

export interface RuleIndex {
  readonly entries: readonly number[];
  readonly records: readonly { readonly entry: number; readonly rule: RecordRule }[];
  /** Matches the message in [start, end); `text[end]` is "\n". */
  find(text: string, start: number, end: number, found: Found, long: LongSearch): void;
  /** Matches a truncated message: `text[end]` is the cut mark. Finds only failures. */
  findCut(text: string, start: number, end: number, found: Found, long: LongSearch): void;
}

/** The state for long messages, and for those on which very many rules are tried. */
export interface LongSearch {
  readonly effort: Effort;
  /** Whether the caller accepts results of this entry's filter. */
  readonly wants: (entry: number) => boolean;
}

interface Candidate {
  readonly entry: number;
  readonly order: number;
  readonly rule: CompiledRule;
  /** Index of the literal that the rule requires; ANY_MESSAGE if it must be tried on every message. */
  readonly literal: number;
}

const ANY_MESSAGE = -1;

/** The rules that remain for one kind of beginning, in order of filter and rule. */
interface Choice {
  readonly opened: readonly Candidate[];
  /** These rules, and those that begin with anything. */
  readonly all: readonly Candidate[];
}

export function createRuleIndex(filters: readonly IndexedFilter[]): RuleIndex {
  const rules = filters.flatMap(({ entry, filter }) =>
    filter.rules.map((rule, order) => ({ entry, order, rule })),
  );
  const openEnded = rules.filter(({ rule }) => rule.openings.includes(""));
  const literals = [...new Set(openEnded.map(({ rule }) => rule.required))].filter(Boolean);
  const ended = openEnded.map((rule) => ({
    ...rule,
    literal: literals.indexOf(rule.rule.required),
  }));
  const openings = rules.flatMap((place) =>
    place.rule.openings
      .filter(Boolean)
      .map((text) => ({ text, value: { ...place, literal: ANY_MESSAGE } })),
  );
  const tree = new OpeningTree(openings, (opened): Choice => {
    const distinct = opened.filter(
      (one, i) =>
        opened.findIndex(({ entry, rule }) => entry === one.entry && rule === one.rule) === i,
    );
    return { opened: distinct, all: [...distinct, ...ended].sort(byPlace) };
  });
  const scan = createLiteralScan(literals);
  const always = ended.some(({ literal }) => literal === ANY_MESSAGE);
  const several = filters.length > 1;

  function find(text: string, start: number, end: number, found: Found, long: LongSearch): void {
    const choice = tree.find(text, start);
    if (end - start > LONG_MESSAGE_LENGTH) {
      findInLong(choice.all, text.slice(start, end + 1), found, long);
      return;
    }
    const held = literals.length > 0 && scan.search(text.slice(start, end));
    const candidates = held || always ? choice.all : choice.opened;
    let done = -1;
    let tried = 0;
    for (const candidate of candidates) {
      if (candidate.entry === done) continue;
      if (candidate.literal !== ANY_MESSAGE && !scan.holds(candidate.literal)) continue;
      if (++tried > MAX_TRIED) {
        const left = candidates.slice(candidates.indexOf(candidate));
        findInLong(left, text.slice(start, end + 1), found, long);
        return;
      }
      if (!executeAndReport(candidate, text, start, end, found)) continue;
      if (!several) return;
      done = candidate.entry;
    }
  }

  return {
    entries: filters.map(({ entry }) => entry),
    records: filters.flatMap(({ entry, filter }) =>
      filter.recordRules.map((rule) => ({ entry, rule })),
    ),
    find,
    // Openings are not used here, because the message may end before they distinguish rules.
    findCut: (text, start, end, found, long) => findInCut(rules, { text, start, end }, found, long),
  };
}

/**
 * Tries rules on a long message. After a rule gave up, later rules of its filter are skipped: the rule may have been
 * the one that excludes the line.
 */
function findInLong(
  candidates: readonly Candidate[],
  message: string,
  found: Found,
  { effort, wants }: LongSearch,
): void {
  let done = -1;
  for (const { entry, rule } of candidates) {
    if (entry === done || !wants(entry)) continue;
    const { overLimit } = effort;
    const captures = executeLong(rule, message, effort);
    if (captures === null && effort.overLimit === overLimit) continue;
    if (captures !== null) found(entry, rule, captures);
    done = entry;
  }
}

/**
 * Tries rules on a truncated message. Stops at a filter's first rule that may match, because on the whole line it would
 * win over the later ones.
 */
function findInCut(
  rules: readonly Pick<Candidate, "entry" | "rule">[],
  message: CutMessage,
  found: Found,
  { effort, wants }: LongSearch,
): void {
  let done = -1;
  for (const { entry, rule } of rules) {
    if (entry === done || !wants(entry)) continue;
    const read = readCut(rule, message, effort);
    if (read === "no") continue;
    if (read !== "unknown" && rule.kind === "failure") found(entry, rule, read);
    done = entry;
  }
}

function byPlace(a: Candidate, b: Candidate): number {
  return a.entry - b.entry || a.order - b.order;
}

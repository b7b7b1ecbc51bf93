/**
 * Finds the rules that can match a message without trying all. Uses the literal text with which a message begins, and
 * for rules that begin with anything one search for the literals they require. All filters share one index, so the cost
 * of a line does not grow with their number.
 */
import type { RecordFormat } from "../../domain/filter-definition.ts";
import type { CompiledRule, RecordRule } from "../filter/compiled-rule.ts";
import type { Filter } from "../filter/compile-filter.ts";
import {
  type Executable,
  executeAndReport,
  type Found,
  type MessageNumber,
  SharedRun,
} from "./execute.ts";
import { type CutMessage, readCut } from "./cut-message.ts";
import { executeLong, LONG_MESSAGE_LENGTH, MAX_TRIED } from "./long-message.ts";
import { type Choosable, RuleChoice } from "./rule-choice.ts";
import { isOpenEnded, type RuleLiterals } from "./rule-literals.ts";
import type { Effort } from "../expression/search-effort.ts";
import type { Fronts } from "../pattern/truncated-line.ts";

/** A filter and its index in the router. */
export interface IndexedFilter {
  readonly entry: number;
  readonly filter: Filter;
}

export interface RecordCandidate {
  readonly entry: number;
  readonly rule: RecordRule;
}

/** The state for long messages, and for those on which very many rules are tried. */
export interface LongSearch {
  readonly effort: Effort;
  /** Whether the caller accepts results of this entry's filter. */
  readonly wants: (entry: number) => boolean;
}

interface Candidate extends Executable {
  /** Texts of which every match contains one. */
  readonly check: readonly string[] | undefined;
}

const NO_RECORDS: readonly RecordCandidate[] = [];

/** What every line of a format contains. */
const MARKS = { json: "{", logfmt: "=", csv: ",", cef: "|", w3c: "{", sd: "" } as const;

interface Contents {
  /** Rules by their number, in order of filter and rule. */
  readonly rules: readonly Candidate[];
  /** Rules for structured lines, numbered after the others. */
  readonly records: readonly RecordCandidate[];
  /** Those of the records, each once. */
  readonly formats: readonly RecordFormat[];
  readonly choice: RuleChoice;
  readonly number: MessageNumber;
}

export class RuleIndex {
  readonly entries: readonly number[];
  /** Whether rules for structured lines exist. */
  readonly hasRecords: boolean;
  readonly #create: () => Contents;
  /** Created for the first message, because most logs that are watched are silent. */
  #contents: Contents | undefined;

  constructor(filters: readonly IndexedFilter[], literals: RuleLiterals) {
    this.entries = filters.map(({ entry }) => entry);
    this.hasRecords = filters.some(({ filter }) => filter.recordRules.length > 0);
    this.#create = () => createContents(filters, literals);
  }

  get #all(): Contents {
    this.#contents ??= this.#create();
    return this.#contents;
  }

  /** Matches the message in [start, end); `text[end]` is "\n". */
  find(text: string, start: number, end: number, found: Found, long: LongSearch): void {
    const { rules, choice, number } = this.#all;
    number.message++;
    choice.choose(text, start, end);
    const { chosen, count } = choice;
    const isLong = end - start > LONG_MESSAGE_LENGTH;
    let tried = isLong ? MAX_TRIED : 0;
    let done = -1;
    let message: string | undefined;
    for (let i = 0; i < count; i++) {
      const candidate = rules[chosen[i] ?? 0];
      // Records follow.
      if (candidate === undefined) return;
      if (candidate.entry === done) continue;
      if (candidate.check !== undefined) {
        message ??= text.slice(start, end);
        if (!containsOne(message, candidate.check)) continue;
      }
      if (++tried > MAX_TRIED) {
        const left = chosen.slice(i, count).flatMap((number) => rules[number] ?? []);
        findInLong(left, text.slice(start, end + 1), found, long);
        return;
      }
      if (!executeAndReport(candidate, text, start, end, found)) continue;
      if (this.entries.length === 1) return;
      done = candidate.entry;
    }
  }

  /** Lists the rules for structured lines that may match the message, for which `find` was called. */
  recordsIn(text: string, start: number, end: number): readonly RecordCandidate[] {
    const { rules, records, formats, choice } = this.#all;
    const { chosen, count } = choice;
    const contains = (mark: string): boolean => choice.mayContain(mark, text, start, end);
    // JSON may have escapes in its keys.
    const hasEscapes = contains("\\");
    if (!hasEscapes && (chosen[count - 1] ?? 0) < rules.length) return NO_RECORDS;
    const written = formats.filter((format) => MARKS[format] === "" || contains(MARKS[format]));
    const isPossible = ({ rule }: RecordCandidate): boolean => written.includes(rule.format);
    if (written.length === 0 || hasEscapes) return records.filter(isPossible);
    const first = chosen.findIndex((number) => number >= rules.length);
    return chosen
      .slice(first, count)
      .flatMap((number) => records[number - rules.length] ?? [])
      .filter(isPossible);
  }

  /** Matches a truncated message: `text[end]` is the cut mark. Finds only failures. */
  findCut(text: string, start: number, end: number, found: Found, long: LongSearch): void {
    // Openings are not used here, because the message may end before they distinguish rules.
    findInCut(this.#all.rules, { text, start, end }, found, long);
  }
}

function createContents(filters: readonly IndexedFilter[], literals: RuleLiterals): Contents {
  const number = { message: 0 };
  const sharedOf = createSharedRuns(filters, number);
  const rules = filters.flatMap(({ entry, filter }) =>
    filter.rules.map((rule): Candidate => {
      return { entry, rule, check: literals.checkOf(rule), shared: sharedOf(rule) };
    }),
  );
  const records = filters.flatMap(({ entry, filter }) =>
    filter.recordRules.map((rule): RecordCandidate => ({ entry, rule })),
  );
  const choosable = [
    ...rules.map(
      ({ rule }): Choosable =>
        isOpenEnded(rule)
          ? {
              openings: undefined,
              literals: literals.literalsOf(rule),
              characters: literals.charactersOf(rule),
            }
          : { openings: rule.openings, literals: undefined, characters: undefined },
    ),
    ...records.map(({ rule }): Choosable => {
      const mark = MARKS[rule.format];
      const characters = mark === "" ? undefined : [mark];
      return { openings: undefined, literals: literals.keysOf(rule), characters };
    }),
  ];
  const formats = [...new Set(records.map(({ rule }) => rule.format))];
  return { rules, records, formats, choice: new RuleChoice(choosable, literals), number };
}

/** Returns for each rule the object that it shares with those of the same expression; undefined: there are none. */
function createSharedRuns(
  filters: readonly IndexedFilter[],
  number: MessageNumber,
): (rule: CompiledRule) => SharedRun | undefined {
  // Of a success more fields are captured.
  const keyOf = ({ written, isolated, kind }: CompiledRule): string =>
    `${isolated} ${kind === "success"} ${written}`;
  const rules = filters.flatMap(({ filter }) => filter.rules);
  const alike = Map.groupBy(rules, keyOf);
  const shared = new Map<string, SharedRun>();
  return (rule) => {
    const key = keyOf(rule);
    if ((alike.get(key)?.length ?? 0) < 2) return undefined;
    return shared.getOrInsertComputed(key, () => new SharedRun(number));
  };
}

function containsOne(message: string, texts: readonly string[]): boolean {
  for (const text of texts) if (message.includes(text)) return true;
  return false;
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
  rules: readonly Candidate[],
  message: CutMessage,
  found: Found,
  { effort, wants }: LongSearch,
): void {
  let done = -1;
  const fronts: Fronts = new Map();
  for (const { entry, rule } of rules) {
    if (entry === done || !wants(entry)) continue;
    const read = readCut(rule, message, effort, fronts);
    if (read === "no") continue;
    if (read !== "unknown" && rule.kind === "failure") found(entry, rule, read);
    done = entry;
  }
}

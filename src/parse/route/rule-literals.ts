/**
 * Chooses for each rule the texts by which messages are selected for it, and searches them all together: the filters
 * of a source share one search for each message.
 */
import type { Filter } from "../filter/compile-filter.ts";
import type { CompiledRule, RecordRule } from "../filter/compiled-rule.ts";
import { type RequiredTexts, shortest } from "../expression/required-texts.ts";
import { LiteralScan, MIN_LENGTH } from "./literal-scan.ts";

export class RuleLiterals {
  readonly #filters: readonly Filter[];
  readonly #rulesWith = new Map<string, number>();
  readonly #numbers = new Map<string, number>();
  #texts: readonly string[] | undefined;
  #scan: LiteralScan | undefined;

  constructor(filters: readonly Filter[]) {
    this.#filters = filters;
  }

  /** Numbers the texts by which rules are chosen, at the first use, because most logs that are watched are silent. */
  #prepare(): readonly string[] {
    if (this.#texts !== undefined) return this.#texts;
    const rules = this.#filters.flatMap((filter) => filter.rules);
    const keys = this.#filters.flatMap(({ recordRules }) => recordRules.map(requiredKeys));
    for (const required of [...rules.map((rule) => rule.required), ...keys])
      for (const text of new Set(required.flat()))
        this.#rulesWith.set(text, (this.#rulesWith.get(text) ?? 0) + 1);
    const openEnded = rules.filter(isOpenEnded).map(({ required }) => required);
    for (const required of [...openEnded, ...keys])
      for (const text of this.#choose(required) ?? [])
        this.#numbers.getOrInsertComputed(text, () => this.#numbers.size);
    this.#texts = [...this.#numbers.keys()];
    return this.#texts;
  }

  get scan(): LiteralScan {
    this.#scan ??= new LiteralScan(this.#prepare());
    return this.#scan;
  }

  /** Releases the text searched last. */
  forget(): void {
    this.#scan?.forget();
  }

  textOf(literal: number): string {
    return this.#prepare()[literal] ?? "";
  }

  /** Returns numbers of literals of which every match contains one; undefined: none is known. */
  literalsOf(rule: CompiledRule): readonly number[] | undefined {
    this.#prepare();
    return this.#numbersOf(this.#choose(rule.required));
  }

  /** Returns the same for a structured line. */
  keysOf(rule: RecordRule): readonly number[] | undefined {
    this.#prepare();
    return this.#numbersOf(this.#choose(requiredKeys(rule)));
  }

  /** Returns single characters of which every match contains one, for a rule without literals. */
  charactersOf(rule: CompiledRule): readonly string[] | undefined {
    let best: readonly string[] | undefined;
    let most = 0;
    for (const texts of rule.required) {
      const characters = texts.map(rarestCharacter);
      const rarity = Math.min(...characters.map(rarityOf));
      if (rarity > most) [best, most] = [characters, rarity];
    }
    return best && [...new Set(best)];
  }

  #numbersOf(texts: readonly string[] | undefined): readonly number[] | undefined {
    return texts?.flatMap((text) => this.#numbers.get(text) ?? []);
  }

  /** Returns few further texts of which every match contains one, for messages with the literals or the opening. */
  checkOf(rule: CompiledRule): readonly string[] | undefined {
    this.#prepare();
    const { openings, required } = rule;
    const key = isOpenEnded(rule) ? this.#choose(required) : undefined;
    const isOpening = (text: string): boolean =>
      key === undefined && openings.some((opening) => opening.startsWith(text));
    return this.#best(
      required.filter(
        (texts) => texts !== key && texts.length <= MAX_CHECKED && !texts.every(isOpening),
      ),
      MIN_CHECK_WORTH,
    );
  }

  #choose(required: RequiredTexts): readonly string[] | undefined {
    return this.#best(required.filter((texts) => shortest(texts) >= MIN_LENGTH));
  }

  /** Returns the list whose texts occur in the fewest lines: long ones, which few rules have. */
  #best(required: RequiredTexts, least = -Infinity): readonly string[] | undefined {
    let best: readonly string[] | undefined;
    let most = least;
    for (const texts of required) {
      const worth = Math.min(...texts.map((text) => this.#worth(text)));
      // The later one of equals, because lines of one service begin alike.
      if (worth >= most) [best, most] = [texts, worth];
    }
    return best;
  }

  #worth(text: string): number {
    return text.length - 2 * Math.log2(this.#rulesWith.get(text) ?? 1);
  }
}

export function isOpenEnded({ openings }: CompiledRule): boolean {
  return openings.includes("");
}

/** Returns how rarely lines contain a character; 0: nearly all do. */
function rarityOf(character: string): number {
  if (/[\w .:-]/.test(character)) return 0;
  return /["'()[\]=,/]/.test(character) ? 1 : 2;
}

function rarestCharacter(text: string): string {
  return text
    .split("")
    .reduce((best, character) => (rarityOf(character) > rarityOf(best) ? character : best));
}

/** Returns for each field that must be present the beginnings of its possible keys. */
function requiredKeys({ format, fields }: RecordRule): RequiredTexts {
  // The keys of CSV are positions, and some of CEF are those of its header. Structured data precedes the message.
  if (format === "csv" || format === "cef" || format === "sd") return [];
  return fields.flatMap(({ isOptional, paths }) => {
    const keys = paths.map(([first]) => (first?.kind === "key" ? first.key : ""));
    return isOptional || keys.includes("") ? [] : [keys];
  });
}

const MAX_CHECKED = 8;
/** A short text that many rules require is in most of the messages chosen for them. */
const MIN_CHECK_WORTH = -4;

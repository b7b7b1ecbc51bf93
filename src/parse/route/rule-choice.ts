/**
 * Chooses the rules that may match a message: those with one of the openings with which it begins, those that require a
 * literal or a character which it contains, and those of which nothing is known.
 */
import type { RuleLiterals } from "./rule-literals.ts";
import { type Opening, OpeningTree } from "./opening-tree.ts";

/** What is known of a rule. */
export interface Choosable {
  /** Not empty; undefined: its messages begin with anything. */
  readonly openings: readonly string[] | undefined;
  /** Numbers of literals of which every match contains one; undefined: none is known. */
  readonly literals: readonly number[] | undefined;
  /** The same as single characters, for rules without literals. */
  readonly characters: readonly string[] | undefined;
}

interface Required {
  readonly text: string;
  readonly numbers: readonly number[];
}

/** A few literals are found faster one by one. */
const MAX_SINGLE = 8;
const WORD_BITS = 32;

export class RuleChoice {
  readonly #tree: OpeningTree<number, readonly number[]>;
  readonly #byLiteral = new Map<number, number[]>();
  readonly #characters: readonly Required[];
  /** The literals and characters, if they are few; undefined: they are searched in one scan. */
  readonly #single: readonly Required[] | undefined;
  readonly #literals: RuleLiterals;
  /** One bit for each rule, so that rules chosen for several reasons are united in order. */
  readonly #bits: Uint32Array;
  readonly #members: number[] = [];
  /** Numbers of the rules that may match the message, in order; only the first `count` are valid. */
  chosen: readonly number[] = [];
  count = 0;

  constructor(rules: readonly Choosable[], literals: RuleLiterals) {
    this.#literals = literals;
    this.#bits = new Uint32Array(Math.ceil(rules.length / WORD_BITS));
    const opened: Opening<number>[] = [];
    const always: number[] = [];
    const byCharacter = new Map<string, number[]>();
    for (const [number, { openings, literals: texts, characters }] of rules.entries()) {
      if (openings !== undefined) opened.push(...openings.map((text) => ({ text, value: number })));
      else if (texts !== undefined)
        for (const text of texts) this.#byLiteral.getOrInsertComputed(text, () => []).push(number);
      else if (characters !== undefined)
        for (const text of characters) byCharacter.getOrInsertComputed(text, () => []).push(number);
      else always.push(number);
    }
    this.#tree = new OpeningTree(opened, (some) =>
      [...new Set([...some, ...always])].sort((a, b) => a - b),
    );
    this.#characters = [...byCharacter].map(([text, numbers]) => ({ text, numbers }));
    const single = [...this.#byLiteral].map(([literal, numbers]) => {
      return { text: literals.textOf(literal), numbers };
    });
    this.#single = single.length > MAX_SINGLE ? undefined : [...single, ...this.#characters];
  }

  /** Lists the rules that may match the message in [start, end) in `chosen`. */
  choose(text: string, start: number, end: number): void {
    this.chosen = this.#tree.find(text, start);
    this.count = this.chosen.length;
    if (this.#single?.length === 0) return;
    const isAny =
      this.#single === undefined
        ? this.#addScanned(text, start, end)
        : this.#addSingle(this.#single, text.slice(start, end));
    if (isAny) this.#list();
  }

  /** Returns whether the message that was chosen for may contain a character: false is certain. */
  mayContain(character: string, text: string, start: number, end: number): boolean {
    return this.#single === undefined
      ? this.#literals.scan.mayContain(character.charCodeAt(0))
      : text.slice(start, end).includes(character);
  }

  /** Returns whether it added any rules. */
  #addSingle(single: readonly Required[], message: string): boolean {
    let isAny = false;
    for (const { text, numbers } of single)
      if (message.includes(text)) {
        this.#add(numbers, isAny);
        isAny = true;
      }
    return isAny;
  }

  #addScanned(text: string, start: number, end: number): boolean {
    const { scan } = this.#literals;
    let isAny = false;
    scan.search(text, start, end);
    for (let i = 0; i < scan.count; i++) {
      const numbers = this.#byLiteral.get(scan.found[i] ?? -1);
      if (numbers === undefined) continue;
      this.#add(numbers, isAny);
      isAny = true;
    }
    for (const { text: character, numbers } of this.#characters)
      if (scan.mayContain(character.charCodeAt(0))) {
        this.#add(numbers, isAny);
        isAny = true;
      }
    return isAny;
  }

  /** Adds rules to those chosen by their openings. `hasOthers`: not the first ones that are added. */
  #add(numbers: readonly number[], hasOthers: boolean): void {
    if (!hasOthers) {
      this.#bits.fill(0);
      this.#setBits(this.chosen);
    }
    this.#setBits(numbers);
  }

  #setBits(numbers: readonly number[]): void {
    const bits = this.#bits;
    for (const number of numbers) {
      const word = number >>> 5;
      bits[word] = (bits[word] ?? 0) | (1 << (number & 31));
    }
  }

  #list(): void {
    const members = this.#members;
    let count = 0;
    // Without an iterator, which would allocate for each word.
    for (let word = 0; word < this.#bits.length; word++)
      for (let bits = this.#bits[word] ?? 0; bits !== 0; bits &= bits - 1)
        members[count++] = word * WORD_BITS + 31 - Math.clz32(bits & -bits);
    this.chosen = members;
    this.count = count;
  }
}

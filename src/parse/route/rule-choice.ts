/**
 * Chooses the rules that may match a message: those with one of the openings with which it begins, those that require a
 * literal which it contains, and those of which neither is known.
 */
import type { RuleLiterals } from "./rule-literals.ts";
import { type Opening, OpeningTree } from "./opening-tree.ts";

/** What is known of a rule. */
export interface Choosable {
  /** Not empty; undefined: its messages begin with anything. */
  readonly openings: readonly string[] | undefined;
  /** Numbers of literals of which every match contains one; undefined: none is known. */
  readonly literals: readonly number[] | undefined;
}

/** A few literals are found faster one by one. */
const MAX_SINGLE = 8;
const WORD_BITS = 32;

export class RuleChoice {
  readonly #tree: OpeningTree<number, readonly number[]>;
  readonly #byLiteral = new Map<number, number[]>();
  readonly #literals: RuleLiterals;
  /** One bit for each rule, so that rules chosen for several reasons are united in order. */
  readonly #chosen: Uint32Array;

  constructor(rules: readonly Choosable[], literals: RuleLiterals) {
    this.#literals = literals;
    this.#chosen = new Uint32Array(Math.ceil(rules.length / WORD_BITS));
    const opened: Opening<number>[] = [];
    const always: number[] = [];
    for (const [number, rule] of rules.entries()) {
      if (rule.openings !== undefined)
        opened.push(...rule.openings.map((text) => ({ text, value: number })));
      else if (rule.literals === undefined) always.push(number);
      else
        for (const literal of rule.literals)
          this.#byLiteral.getOrInsertComputed(literal, () => []).push(number);
    }
    this.#tree = new OpeningTree(opened, (some) =>
      [...new Set([...some, ...always])].sort((a, b) => a - b),
    );
  }

  /** Returns the numbers of the rules that may match the message in [start, end), in order. */
  candidates(text: string, start: number, end: number): readonly number[] {
    const opened = this.#tree.find(text, start);
    const byLiteral = this.#byLiteral;
    if (byLiteral.size === 0) return opened;
    let isAny = false;
    if (byLiteral.size <= MAX_SINGLE) {
      const message = text.slice(start, end);
      for (const [literal, numbers] of byLiteral)
        if (message.includes(this.#literals.textOf(literal))) {
          if (!isAny) this.#choose(opened);
          isAny = true;
          this.#add(numbers);
        }
    } else {
      const { scan } = this.#literals;
      scan.search(text, start, end);
      for (let i = 0; i < scan.count; i++) {
        const numbers = byLiteral.get(scan.found[i] ?? -1);
        if (numbers === undefined) continue;
        if (!isAny) this.#choose(opened);
        isAny = true;
        this.#add(numbers);
      }
    }
    return isAny ? this.#members() : opened;
  }

  #choose(numbers: readonly number[]): void {
    this.#chosen.fill(0);
    this.#add(numbers);
  }

  #add(numbers: readonly number[]): void {
    const chosen = this.#chosen;
    for (const number of numbers) {
      const word = number >>> 5;
      chosen[word] = (chosen[word] ?? 0) | (1 << (number & 31));
    }
  }

  #members(): readonly number[] {
    const members: number[] = [];
    const chosen = this.#chosen;
    // Without an iterator, which would allocate for each word.
    for (let word = 0; word < chosen.length; word++)
      for (let bits = chosen[word] ?? 0; bits !== 0; bits &= bits - 1)
        members.push(word * WORD_BITS + 31 - Math.clz32(bits & -bits));
    return members;
  }
}

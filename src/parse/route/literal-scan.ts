/**
 * Finds which of many literals a text contains, in one pass: looks up each three adjacent characters, and compares only
 * the literals of which they are the rarest. The cost hardly grows with the number of literals. Owns a table of 32 KB.
 */
interface Anchored {
  readonly literal: string;
  readonly number: number;
  /** Where the rarest three characters end in the literal. */
  readonly offset: number;
}

/** Minimum length of literals. */
export const MIN_LENGTH = 3;

export class LiteralScan {
  /** 1 for the hashes of three characters by which literals are found. */
  readonly #isAnchor = new Uint8Array(HASHES);
  readonly #anchored = new Map<number, Anchored[]>();
  /** For each literal, the number of the search that found it, so that nothing has to be cleared. */
  readonly #foundBy: Float64Array;
  #searches = 0;
  #text = "";
  #start = 0;
  #end = -1;
  /** Numbers of the found literals; only the first `count` are valid. */
  readonly found: Int32Array;
  count = 0;

  /** `literals` are distinct. */
  constructor(literals: readonly string[]) {
    this.#foundBy = new Float64Array(literals.length);
    this.found = new Int32Array(literals.length);
    const frequency = countHashes(literals);
    for (const [number, literal] of literals.entries()) {
      const { offset, hash } = rarest(literal, frequency);
      this.#isAnchor[hash] = 1;
      this.#anchored.getOrInsertComputed(hash, () => []).push({ literal, number, offset });
    }
  }

  /**
   * Searches the text in [start, end). Does nothing for a later part of the text searched last, so what is found may be
   * before it.
   */
  search(text: string, start: number, end: number): void {
    if (end === this.#end && start >= this.#start && text === this.#text) return;
    this.#text = text;
    this.#start = start;
    this.#end = end;
    this.#searches++;
    this.count = 0;
    const isAnchor = this.#isAnchor;
    let hash = 0;
    for (let at = start; at < end; at++) {
      hash = nextHash(hash, text.charCodeAt(at));
      if (isAnchor[hash] === 1) this.#compare(hash, at);
    }
  }

  #compare(hash: number, at: number): void {
    for (const { literal, number, offset } of this.#anchored.get(hash) ?? []) {
      const from = at - offset;
      if (this.#foundBy[number] === this.#searches) continue;
      if (from < this.#start || from + literal.length > this.#end) continue;
      if (!this.#text.startsWith(literal, from)) continue;
      this.#foundBy[number] = this.#searches;
      this.found[this.count++] = number;
    }
  }

  /** Releases the text. */
  forget(): void {
    this.#text = "";
    this.#end = -1;
  }
}

const HASHES = 1 << 15;

/** Returns the hash of the last three characters: those before are shifted out. */
function nextHash(hash: number, code: number): number {
  return ((hash << 5) ^ code) & (HASHES - 1);
}

function hashesOf(literal: string): readonly number[] {
  let hash = 0;
  return literal.split("").map((char) => (hash = nextHash(hash, char.charCodeAt(0))));
}

function countHashes(literals: readonly string[]): Uint32Array {
  const frequency = new Uint32Array(HASHES);
  for (const literal of literals)
    for (const hash of hashesOf(literal)) frequency[hash] = (frequency[hash] ?? 0) + 1;
  return frequency;
}

/**
 * Returns the three characters that occur least in all literals: they resemble the lines, so these are rare there as
 * well. Lines have far more digits.
 */
function rarest(
  literal: string,
  frequency: Uint32Array,
): { readonly offset: number; readonly hash: number } {
  let best = { offset: 0, hash: 0 };
  let least = Infinity;
  for (const [offset, hash] of hashesOf(literal).entries()) {
    if (offset < MIN_LENGTH - 1) continue;
    const digits = literal.slice(offset - 2, offset + 1).replace(/\D/g, "").length;
    const cost = (frequency[hash] ?? 0) + DIGIT_COST * digits;
    if (cost < least) [best, least] = [{ offset, hash }, cost];
  }
  return best;
}

/** How much rarer three characters must be for each digit among them. */
const DIGIT_COST = 5;

export function escapeLiteral(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&").replace(/\n/g, "\\n");
}

/**
 * Finds which of many literals a text contains, in one pass: looks up each three adjacent characters, and compares only
 * the literals of which they are the rarest. Also notes which characters the text has. The cost hardly grows with the
 * number of literals. Owns a table of 64 KB.
 */
interface Anchored {
  readonly literal: string;
  readonly number: number;
  /** Where the rarest three characters end in the literal. */
  readonly offset: number;
  readonly firstCode: number;
  readonly lastCode: number;
}

/** Minimum length of literals. */
export const MIN_LENGTH = 3;

export class LiteralScan {
  /** For the hashes of three characters by which literals are found, the position of these in `#anchored`; 0: none. */
  readonly #anchors = new Uint16Array(HASHES);
  readonly #anchored: Anchored[][] = [[]];
  /** For each literal, the number of the search that found it, so that nothing has to be cleared. */
  readonly #foundBy: Float64Array;
  /** The same for each character, by the lower bits of its code. */
  readonly #seenBy = new Float64Array(CHARACTERS);
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
      const known = this.#anchors[hash] ?? 0;
      if (known === 0) this.#anchors[hash] = this.#anchored.push([]) - 1;
      const [firstCode, lastCode] = [literal.charCodeAt(0), literal.charCodeAt(literal.length - 1)];
      this.#anchored.at(known || -1)?.push({ literal, number, offset, firstCode, lastCode });
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
    const anchors = this.#anchors;
    const seenBy = this.#seenBy;
    const searches = this.#searches;
    let hash = 0;
    for (let at = start; at < end; at++) {
      const code = text.charCodeAt(at);
      seenBy[code & (CHARACTERS - 1)] = searches;
      hash = nextHash(hash, code);
      const anchor = anchors[hash] ?? 0;
      if (anchor > 0) this.#compare(anchor, at);
    }
  }

  /** Returns whether the text searched last may contain a character: false is certain. */
  mayContain(code: number): boolean {
    return this.#seenBy[code & (CHARACTERS - 1)] === this.#searches;
  }

  #compare(anchor: number, at: number): void {
    const text = this.#text;
    for (const { literal, number, offset, firstCode, lastCode } of this.#anchored[anchor] ?? []) {
      const from = at - offset;
      const last = from + literal.length - 1;
      // Compares the ends first, because most texts with the same three characters differ there.
      if (text.charCodeAt(from) !== firstCode || text.charCodeAt(last) !== lastCode) continue;
      if (from < this.#start || last >= this.#end) continue;
      if (this.#foundBy[number] === this.#searches || !text.startsWith(literal, from)) continue;
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
const CHARACTERS = 128;

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

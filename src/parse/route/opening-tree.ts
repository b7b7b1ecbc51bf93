/**
 * Finds, among many texts, those with which a message can begin: a tree that compares one character after another, each
 * time at the position that best divides the remaining texts. Results must still be verified, because only some
 * characters were compared. A branch is created for the first message that needs it: of the hundreds of messages of a
 * service, a log contains some dozens. Bounded by the texts given, whatever the messages are.
 */
export interface Opening<T> {
  /** Text with which a message can begin; not empty. */
  readonly text: string;
  readonly value: T;
}

interface Node<T, L extends object> {
  /** Position of the deciding character, from the message's start; -1: no decision is needed. */
  readonly at: number;
  readonly leaf: L | undefined;
  /** The child for each character seen so far, by its code; see `codeAt`. */
  readonly byCode: (Node<T, L> | undefined)[];
  /** The child for all characters that no opening has there. */
  otherwise: Node<T, L> | undefined;
  readonly openings: readonly Opening<T>[];
  readonly path: Path;
}

/** The positions compared on the way to a node. */
interface Path {
  readonly positions: readonly number[];
  /** Openings that are prefixes of others are distinguished up to this length. */
  readonly confirmed: number;
}

/** The code that represents all characters beyond ASCII. */
const BEYOND_ASCII = 128;
/** Positions from here on are compared only if no earlier one distinguishes any openings. */
const NEAR = 32;

export class OpeningTree<T, L extends object> {
  readonly #makeLeaf: (values: readonly T[]) => L;
  readonly #root: Node<T, L>;

  /** `makeLeaf` gets the remaining values in the order given. */
  constructor(openings: readonly Opening<T>[], makeLeaf: (values: readonly T[]) => L) {
    this.#makeLeaf = makeLeaf;
    this.#root = this.#createNode(openings, { positions: [], confirmed: 0 });
  }

  /** Returns the leaf of the openings that remain for the message at `start`. */
  find(text: string, start: number): L {
    let node = this.#root;
    while (node.leaf === undefined) {
      const code = codeAt(text, start + node.at);
      node = node.byCode[code] ?? this.#grow(node, code);
    }
    return node.leaf;
  }

  #grow(node: Node<T, L>, code: number): Node<T, L> {
    const { at, openings, path } = node;
    // Openings too short to have this character remain possible whatever it is.
    const possible = openings.filter(({ text }) => text.length <= at || codeAt(text, at) === code);
    const isKnown = possible.some(({ text }) => text.length > at);
    const child =
      (isKnown ? undefined : node.otherwise) ??
      this.#createNode(possible, {
        positions: [...path.positions, at],
        confirmed: possible.length === openings.length ? at + 1 : path.confirmed,
      });
    if (!isKnown) node.otherwise = child;
    node.byCode[code] = child;
    return child;
  }

  #createNode(openings: readonly Opening<T>[], path: Path): Node<T, L> {
    const at = bestPosition(openings) ?? confirmingPosition(openings, path) ?? -1;
    const leaf = at < 0 ? this.#makeLeaf(openings.map(({ value }) => value)) : undefined;
    const codes = at < 0 ? 0 : BEYOND_ASCII + 1;
    const byCode = new Array<Node<T, L> | undefined>(codes).fill(undefined);
    return { at, leaf, byCode, otherwise: undefined, openings, path };
  }
}

/** Returns the code of a character. Beyond the text's end it is BEYOND_ASCII, too. */
function codeAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < BEYOND_ASCII ? code : BEYOND_ASCII;
}

/** Returns the position whose worst outcome leaves the fewest openings; undefined if none reduces them. */
function bestPosition(openings: readonly Opening<unknown>[]): number | undefined {
  let best: number | undefined;
  let fewest = openings.length;
  const longest = openings.reduce((most, { text }) => Math.max(most, text.length), 0);
  for (let at = 0; at < longest && fewest > 1 && (best === undefined || at < NEAR); at++) {
    const left = mostLeft(openings, at, fewest);
    if (left < fewest) {
      best = at;
      fewest = left;
    }
  }
  return best;
}

/** Reused, because a tree needs it thousands of times. */
const sharers = new Uint32Array(BEYOND_ASCII + 1);

/** Counts the openings that remain in the worst case, up to `bound`. */
function mostLeft(openings: readonly Opening<unknown>[], at: number, bound: number): number {
  sharers.fill(0);
  let short = 0;
  let most = 0;
  for (const { text } of openings) {
    if (text.length <= at) short++;
    else {
      const code = codeAt(text, at);
      const count = (sharers[code] ?? 0) + 1;
      sharers[code] = count;
      if (count > most) most = count;
    }
    if (short + most >= bound) return bound;
  }
  return short + most;
}

/**
 * Returns a position after a shorter opening, if openings are prefixes of others ("Failed " and "Failed publickey for
 * "). No position always distinguishes them, but most messages continue only like the shorter ones. One check for each
 * length is enough.
 */
function confirmingPosition(
  openings: readonly Opening<unknown>[],
  { positions, confirmed }: Path,
): number | undefined {
  const lengths = [...new Set(openings.map(({ text }) => text.length))].sort((a, b) => a - b);
  for (const [i, length] of lengths.entries()) {
    const next = lengths[i + 1] ?? 0;
    if (length < confirmed) continue;
    for (let at = next - 1; at >= length; at--) if (!positions.includes(at)) return at;
  }
  return undefined;
}

/**
 * Finds, among many texts, those a message can begin with: a tree that looks at one character after another, each
 * time at the position that tells most of the remaining texts apart. What it finds still has to be checked: only some
 * characters were compared.
 */
export interface Opening<T> {
  /** Not empty. */
  readonly text: string;
  readonly value: T;
}

export type OpeningTree<L> =
  | { readonly kind: "leaf"; readonly leaf: L }
  | {
      readonly kind: "fork";
      /** Position of the character that decides, from the message's start. */
      readonly at: number;
      readonly byCode: readonly (OpeningTree<L> | undefined)[];
      readonly otherwise: OpeningTree<L>;
    };

/** `makeLeaf` gets what is left in the order given. */
export function growOpeningTree<T, L>(
  openings: readonly Opening<T>[],
  makeLeaf: (values: readonly T[]) => L,
): OpeningTree<L> {
  const at = bestPosition(openings);
  if (at < 0) return { kind: "leaf", leaf: makeLeaf(openings.map(({ value }) => value)) };
  // Those too short to have this character stay possible whatever it is.
  const short = openings.filter(({ text }) => text.length <= at);
  const byCode: OpeningTree<L>[] = [];
  for (const code of codesAt(openings, at)) {
    const possible = openings.filter(
      ({ text }) => text.length <= at || text.charCodeAt(at) === code,
    );
    byCode[code] = growOpeningTree(possible, makeLeaf);
  }
  return { kind: "fork", at, byCode, otherwise: growOpeningTree(short, makeLeaf) };
}

export function climbOpeningTree<L>(tree: OpeningTree<L>, text: string, start: number): L {
  let node = tree;
  while (node.kind === "fork")
    node = node.byCode[text.charCodeAt(start + node.at)] ?? node.otherwise;
  return node.leaf;
}

/** Positions from here on are looked at only where none before tells any openings apart. */
const NEAR = 32;

/** The position whose worst outcome leaves the fewest openings, -1 when none leaves fewer than there are. */
function bestPosition(openings: readonly Opening<unknown>[]): number {
  let best = -1;
  let fewest = openings.length;
  const longest = openings.reduce((most, { text }) => Math.max(most, text.length), 0);
  for (let at = 0; at < longest && fewest > 1 && (best < 0 || at < NEAR); at++) {
    const left = mostLeft(openings, at, fewest);
    if (left < fewest) {
      best = at;
      fewest = left;
    }
  }
  return best;
}

/** Codes that share a place count as one: then the position looks worse than it is. Reused: a tree asks thousands of times. */
const sharers = new Uint32Array(256);

/** No more than `bound` is worth counting. */
function mostLeft(openings: readonly Opening<unknown>[], at: number, bound: number): number {
  sharers.fill(0);
  let short = 0;
  let most = 0;
  for (const { text } of openings) {
    if (text.length <= at) short++;
    else {
      const place = text.charCodeAt(at) % sharers.length;
      const count = (sharers[place] ?? 0) + 1;
      sharers[place] = count;
      if (count > most) most = count;
    }
    if (short + most >= bound) return bound;
  }
  return short + most;
}

function codesAt(openings: readonly Opening<unknown>[], at: number): ReadonlySet<number> {
  return new Set(openings.flatMap(({ text }) => (text.length > at ? [text.charCodeAt(at)] : [])));
}

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

/** The position whose worst outcome leaves the fewest openings, -1 when none leaves fewer than there are. */
function bestPosition(openings: readonly Opening<unknown>[]): number {
  let best = -1;
  let fewest = openings.length;
  const longest = Math.max(0, ...openings.map(({ text }) => text.length));
  for (let at = 0; at < longest; at++) {
    const left = mostLeft(openings, at);
    if (left < fewest) {
      best = at;
      fewest = left;
    }
  }
  return best;
}

function mostLeft(openings: readonly Opening<unknown>[], at: number): number {
  const sharers = new Map<number, number>();
  let short = 0;
  let most = 0;
  for (const { text } of openings) {
    if (text.length <= at) short++;
    else {
      const count = (sharers.get(text.charCodeAt(at)) ?? 0) + 1;
      sharers.set(text.charCodeAt(at), count);
      most = Math.max(most, count);
    }
  }
  return short + most;
}

function codesAt(openings: readonly Opening<unknown>[], at: number): ReadonlySet<number> {
  return new Set(openings.flatMap(({ text }) => (text.length > at ? [text.charCodeAt(at)] : [])));
}

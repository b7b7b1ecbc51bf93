/**
 * Rewrites `(A)?B(?(1)C|D)` as `(?:(A)BC|BD)`: copies what follows a group that a condition refers to, once for each
 * outcome. Then no condition remains, and a required text rules out whole alternatives. Only what follows the decision
 * is copied, so the order of alternatives stays the same. A tree that cannot be rewritten (a group in a loop, too many
 * outcomes) stays unchanged.
 */
import { childrenOf, type Node } from "./tree.ts";

/** Maximum number of sequences written; real expressions need four. */
const MAX_SEQUENCES = 24;

class Unresolvable extends Error {}

export function resolveConditions(tree: Node): Node {
  const asked = new Set<number>();
  collectAsked(tree, asked);
  if (asked.size === 0) return tree;
  try {
    return new Resolver(asked).resolve([tree], new Map());
  } catch (error) {
    if (error instanceof Unresolvable) return tree;
    throw error;
  }
}

function collectAsked(node: Node, into: Set<number>): void {
  if (node.kind === "condition") into.add(node.index);
  for (const child of childrenOf(node)) collectAsked(child, into);
}

/** Whether each group participated, by its number. */
type Answers = ReadonlyMap<number, boolean>;

type Condition = Extract<Node, { kind: "condition" }>;

function unchanged(node: Node): Node {
  return node;
}

class Resolver {
  readonly #asked: ReadonlySet<number>;
  #written = 0;

  constructor(asked: ReadonlySet<number>) {
    this.#asked = asked;
  }

  /** Returns whether a node has no condition, and every tested group in it participates whenever the node matches. */
  #isPlain(node: Node): boolean {
    if (!this.#concerns(node)) return true;
    return (
      (node.kind === "group" || node.kind === "sequence") &&
      childrenOf(node).every((child) => this.#isPlain(child))
    );
  }

  resolve(parts: readonly Node[], known: Answers): Node {
    if (++this.#written > MAX_SEQUENCES) throw new Unresolvable();
    const done: Node[] = [];
    let answers = known;
    for (const [i, part] of parts.entries()) {
      if (this.#isPlain(part)) {
        done.push(part);
        answers = this.#answer(answers, part, true);
        continue;
      }
      done.push(this.#resolveFork(part, parts.slice(i + 1), answers));
      break;
    }
    return { kind: "sequence", parts: done };
  }

  /** Resolves a part with alternatives, together with everything that follows it. */
  #resolveFork(part: Node, rest: readonly Node[], known: Answers): Node {
    if (part.kind === "sequence") return this.resolve([...part.parts, ...rest], known);
    if (part.kind === "condition")
      return this.resolve([this.#branchOf(part, known), ...rest], known);
    if (part.kind === "choice") return this.#resolveChoice(part.options, unchanged, rest, known);
    if (part.kind === "group") return this.#resolveGroup(part, rest, known);
    if (part.kind === "repeat") return this.#resolveOptional(part, rest, known);
    throw new Unresolvable();
  }

  #branchOf({ index, yes, no }: Condition, known: Answers): Node {
    const tookPart = known.get(index);
    if (tookPart === undefined) throw new Unresolvable();
    return tookPart ? yes : no;
  }

  #resolveGroup(
    { index, part }: Node & { kind: "group" },
    rest: readonly Node[],
    known: Answers,
  ): Node {
    const enclose = (node: Node): Node => ({ kind: "group", index, part: node });
    if (part.kind === "choice") return this.#resolveChoice(part.options, enclose, rest, known);
    if (part.kind !== "condition") throw new Unresolvable();
    return this.resolve([enclose(this.#branchOf(part, known)), ...rest], known);
  }

  #resolveOptional(part: Node & { kind: "repeat" }, rest: readonly Node[], known: Answers): Node {
    if (part.min !== 0 || part.max !== 1 || part.style === "possessive") throw new Unresolvable();
    const taken = this.resolve([part.part, ...rest], known);
    const left = this.resolve(rest, this.#answer(known, part, false));
    const options = part.style === "greedy" ? [taken, left] : [left, taken];
    return { kind: "choice", options, apart: true };
  }

  #resolveChoice(
    options: readonly Node[],
    enclose: (option: Node) => Node,
    rest: readonly Node[],
    known: Answers,
  ): Node {
    const all: Node = { kind: "choice", options };
    const none = this.#answer(known, all, false);
    return {
      kind: "choice",
      apart: true,
      options: options.map((option) => this.resolve([enclose(option), ...rest], none)),
    };
  }

  #concerns(node: Node): boolean {
    if (node.kind === "condition" || this.#askedIn(node).length > 0) return true;
    return childrenOf(node).some((child) => this.#concerns(child));
  }

  #askedIn(node: Node): readonly number[] {
    const inner = childrenOf(node).flatMap((child) => this.#askedIn(child));
    return node.kind === "group" && this.#asked.has(node.index) ? [node.index, ...inner] : inner;
  }

  #answer(known: Answers, node: Node, value: boolean): Answers {
    return new Map([...known, ...this.#askedIn(node).map((index) => [index, value] as const)]);
  }
}

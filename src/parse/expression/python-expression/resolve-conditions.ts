/**
 * `(A)?B(?(1)C|D)` -> `(?:(A)BC|BD)`: what follows a group that conditions ask about is written once for each answer,
 * so that nothing has to be asked, and ways that need a text the line does not hold are seen to lead nowhere. Only what
 * comes after the decision is written twice, so the order of ways stays what it was. Where it cannot be done (a group in
 * a loop, too many answers) the tree stays as it is.
 */
import { childrenOf, type Node } from "./tree.ts";

/** Sequences written; real expressions need four. */
const MOST = 24;

class Unresolvable extends Error {}

export function resolveConditions(tree: Node): Node {
  const asked = new Set<number>();
  collectAsked(tree, asked);
  if (asked.size === 0) return tree;
  try {
    return createResolver(asked)([tree], new Map());
  } catch (error) {
    if (error instanceof Unresolvable) return tree;
    throw error;
  }
}

function collectAsked(node: Node, into: Set<number>): void {
  if (node.kind === "condition") into.add(node.index);
  for (const child of childrenOf(node)) collectAsked(child, into);
}

/** Whether a group took part. */
type Answers = ReadonlyMap<number, boolean>;

function createResolver(
  asked: ReadonlySet<number>,
): (parts: readonly Node[], known: Answers) => Node {
  let written = 0;

  const concerns = (node: Node): boolean =>
    node.kind === "condition" || askedIn(node).length > 0 || childrenOf(node).some(concerns);

  function askedIn(node: Node): readonly number[] {
    const own = node.kind === "group" && asked.has(node.index) ? [node.index] : [];
    return [...own, ...childrenOf(node).flatMap(askedIn)];
  }

  const answer = (known: Answers, node: Node, value: boolean): Answers =>
    new Map([...known, ...askedIn(node).map((index) => [index, value] as const)]);

  /** Every group in it that is asked about takes part whenever it matches, and it asks nothing. */
  function isPlain(node: Node): boolean {
    if (!concerns(node)) return true;
    return (node.kind === "group" || node.kind === "sequence") && childrenOf(node).every(isPlain);
  }

  function resolve(parts: readonly Node[], known: Answers): Node {
    if (++written > MOST) throw new Unresolvable();
    const done: Node[] = [];
    let answers = known;
    for (const [i, part] of parts.entries()) {
      if (isPlain(part)) {
        done.push(part);
        answers = answer(answers, part, true);
        continue;
      }
      done.push(resolveFork(part, parts.slice(i + 1), answers));
      break;
    }
    return { kind: "sequence", parts: done };
  }

  /** A part that goes several ways, with all that follows it. */
  function resolveFork(part: Node, rest: readonly Node[], known: Answers): Node {
    switch (part.kind) {
      case "sequence":
        return resolve([...part.parts, ...rest], known);
      case "condition": {
        const took = known.get(part.index);
        if (took === undefined) throw new Unresolvable();
        return resolve([took ? part.yes : part.no, ...rest], known);
      }
      case "choice":
        return resolveChoice(part.options, (option) => option, rest, known);
      case "group": {
        const { index, part: inner } = part;
        const around = (node: Node): Node => ({ kind: "group", index, part: node });
        if (inner.kind === "choice") return resolveChoice(inner.options, around, rest, known);
        if (inner.kind !== "condition") throw new Unresolvable();
        const took = known.get(inner.index);
        if (took === undefined) throw new Unresolvable();
        return resolve([around(took ? inner.yes : inner.no), ...rest], known);
      }
      case "repeat": {
        if (part.min !== 0 || part.max !== 1 || part.style === "possessive")
          throw new Unresolvable();
        const taken = resolve([part.part, ...rest], known);
        const left = resolve(rest, answer(known, part, false));
        const options = part.style === "greedy" ? [taken, left] : [left, taken];
        return { kind: "choice", options, apart: true };
      }
      case "character":
      case "any":
      case "set":
      case "start":
      case "end":
      case "very-end":
      case "word-edge":
      case "look":
      case "back-reference":
      case "atomic":
        throw new Unresolvable();
    }
  }

  function resolveChoice(
    options: readonly Node[],
    around: (option: Node) => Node,
    rest: readonly Node[],
    known: Answers,
  ): Node {
    const all: Node = { kind: "choice", options };
    const none = answer(known, all, false);
    return {
      kind: "choice",
      apart: true,
      options: options.map((option) => resolve([around(option), ...rest], none)),
    };
  }

  return resolve;
}

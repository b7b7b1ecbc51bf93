/**
 * Rewrites an expression so that it matches whatever a match of the original can begin with: at the end of the text,
 * everything that is still missing may be left out. A node that consumes text, as X, becomes `(?:X|\Z)`.
 */
import { type Node, takesOne } from "./tree.ts";

const VERY_END: Node = { kind: "very-end" };
const ANYTHING: Node = {
  kind: "repeat",
  part: { kind: "any", lineEnds: true },
  ...{ min: 0, max: Number.POSITIVE_INFINITY, style: "greedy" },
};

export function beginningTree(node: Node): Node {
  switch (node.kind) {
    case "start":
    case "very-end":
      return node;
    case "character":
    case "any":
    case "set":
    case "end":
    case "word-edge":
      return { kind: "choice", options: [node, VERY_END] };
    case "sequence":
      return { kind: "sequence", parts: node.parts.map(beginningTree) };
    case "choice":
      return { ...node, options: node.options.map(beginningTree) };
    case "group":
      return { ...node, part: beginningTree(node.part) };
    case "repeat":
      return takesOne(node.part)
        ? beginningOfRun(node)
        : { ...node, part: beginningTree(node.part) };
    case "look":
    case "back-reference":
    case "condition":
    case "atomic":
      // Rules have none of these: V8's linear engine cannot run them.
      return ANYTHING;
  }
}

/** Keeps the repetition of a single character, which the matcher runs faster than that of a choice. */
function beginningOfRun(node: Node & { kind: "repeat" }): Node {
  if (node.min === 0) return node;
  const short: Node = { ...node, min: 0, max: node.min - 1 };
  return { kind: "choice", options: [node, { kind: "sequence", parts: [short, VERY_END] }] };
}

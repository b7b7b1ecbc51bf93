/** Computes properties of a tree without matching it. */
import { childrenOf, isEdge, type Node, takesOne } from "./tree.ts";

/** Returns the fixed number of characters that a node consumes; undefined: it varies. */
export function widthOf(node: Node): number | undefined {
  if (takesOne(node)) return 1;
  if (isEdge(node)) return 0;
  switch (node.kind) {
    case "look":
      return 0;
    case "sequence":
      return node.parts.reduce<number | undefined>((sum, part) => {
        const width = widthOf(part);
        return sum === undefined || width === undefined ? undefined : sum + width;
      }, 0);
    case "choice": {
      const widths = new Set(node.options.map(widthOf));
      const [only] = widths;
      return widths.size === 1 ? only : undefined;
    }
    case "repeat": {
      const width = widthOf(node.part);
      return width === undefined || node.min !== node.max ? undefined : width * node.min;
    }
    case "group":
    case "atomic":
      return widthOf(node.part);
    case "condition": {
      const yes = widthOf(node.yes);
      return yes === widthOf(node.no) ? yes : undefined;
    }
    case "back-reference":
      return undefined;
  }
}

export function hasGroup(node: Node): boolean {
  return node.kind === "group" || childrenOf(node).some(hasGroup);
}

/** Returns whether it may match without consuming a character. */
export function isNullable(node: Node): boolean {
  if (takesOne(node)) return false;
  if (isEdge(node)) return true;
  switch (node.kind) {
    case "repeat":
      return node.min === 0 || isNullable(node.part);
    case "choice":
      return node.options.some(isNullable);
    case "sequence":
      return node.parts.every(isNullable);
    case "group":
    case "atomic":
      return isNullable(node.part);
    case "condition":
      return isNullable(node.yes) || isNullable(node.no);
    case "look":
    case "back-reference":
      return true;
  }
}

/** Returns the group that always ends where "$" ends the expression. */
export function closingGroup(node: Node): number | undefined {
  if (node.kind !== "sequence") return undefined;
  const last = node.parts.at(-1);
  const before = node.parts.at(-2);
  if (last?.kind !== "end" || last.everyLine || before?.kind !== "group") return undefined;
  return before.index;
}

/** Returns whether every alternative begins with "^". */
export function isAnchored(node: Node): boolean {
  if (node.kind === "start") return !node.everyLine;
  if (takesOne(node) || isEdge(node)) return false;
  switch (node.kind) {
    case "sequence":
      return node.parts[0] !== undefined && isAnchored(node.parts[0]);
    case "choice":
      return node.options.every(isAnchored);
    case "group":
    case "atomic":
      return isAnchored(node.part);
    case "repeat":
      return node.min > 0 && isAnchored(node.part);
    case "look":
    case "back-reference":
    case "condition":
      return false;
  }
}

/** Returns an upper bound of the number of instructions of the node's program and parts. */
export function mostInstructions(node: Node): number {
  if (takesOne(node) || isEdge(node)) return 1;
  switch (node.kind) {
    case "back-reference":
      return 1;
    case "sequence":
      return sumOf(node.parts, 0);
    case "choice":
      return sumOf(node.options, 3);
    case "condition":
      return 2 + mostInstructions(node.yes) + mostInstructions(node.no);
    case "group":
    case "look":
    case "atomic":
      return 2 + mostInstructions(node.part);
    case "repeat": {
      const rounds = node.max === Number.POSITIVE_INFINITY ? node.min + 1 : node.max;
      return 3 + rounds * (3 + mostInstructions(node.part));
    }
  }
}

function sumOf(nodes: readonly Node[], more: number): number {
  return nodes.reduce((sum, node) => sum + more + mostInstructions(node), 1);
}

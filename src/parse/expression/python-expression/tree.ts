/**
 * Defines the syntax tree of Python's dialect. Flags are resolved: each node knows whether it ignores case, whether "."
 * matches newlines, and whether "^" and "$" match at every line.
 */
export type Node =
  | { readonly kind: "character"; readonly code: number; readonly ignoreCase: boolean }
  | { readonly kind: "any"; readonly lineEnds: boolean }
  | {
      readonly kind: "set";
      readonly negated: boolean;
      readonly items: readonly SetItem[];
      readonly ignoreCase: boolean;
      readonly ascii: boolean;
    }
  | { readonly kind: "start"; readonly everyLine: boolean }
  /** `$`: at the end, or before a final newline. */
  | { readonly kind: "end"; readonly everyLine: boolean }
  /** `\Z`: only at the end. */
  | { readonly kind: "very-end" }
  | { readonly kind: "word-edge"; readonly negated: boolean; readonly ascii: boolean }
  | { readonly kind: "sequence"; readonly parts: readonly Node[] }
  | {
      readonly kind: "choice";
      readonly options: readonly Node[];
      /** Whether its alternatives contain everything that follows the node. */
      readonly apart?: true;
    }
  | {
      readonly kind: "repeat";
      readonly part: Node;
      readonly min: number;
      readonly max: number;
      readonly style: "greedy" | "lazy" | "possessive";
    }
  | { readonly kind: "group"; readonly index: number; readonly part: Node }
  | {
      readonly kind: "look";
      readonly direction: "ahead" | "behind";
      readonly negated: boolean;
      readonly part: Node;
    }
  | { readonly kind: "back-reference"; readonly index: number; readonly ignoreCase: boolean }
  | { readonly kind: "condition"; readonly index: number; readonly yes: Node; readonly no: Node }
  | { readonly kind: "atomic"; readonly part: Node };

/** `\d`, `\w`, `\s`, and their negations in capitals. */
export type ClassName = "d" | "D" | "w" | "W" | "s" | "S";

export type SetItem =
  | { readonly kind: "range"; readonly from: number; readonly to: number }
  | { readonly kind: "class"; readonly name: ClassName };

export interface Expression {
  readonly tree: Node;
  /** Number of groups. */
  readonly groups: number;
  readonly names: ReadonlyMap<string, number>;
}

export const UNBOUNDED: number = Number.POSITIVE_INFINITY;

/** Consumes exactly one character. */
export type OneCharacter = Extract<Node, { kind: "character" | "any" | "set" }>;

export function takesOne(node: Node): node is OneCharacter {
  return node.kind === "character" || node.kind === "any" || node.kind === "set";
}

/** An assertion that consumes nothing, and is true at some positions. */
export type Edge = Extract<Node, { kind: "start" | "end" | "very-end" | "word-edge" }>;

export function isEdge(node: Node): node is Edge {
  const { kind } = node;
  return kind === "start" || kind === "end" || kind === "very-end" || kind === "word-edge";
}

export function childrenOf(node: Node): readonly Node[] {
  if (takesOne(node) || isEdge(node)) return [];
  switch (node.kind) {
    case "sequence":
      return node.parts;
    case "choice":
      return node.options;
    case "repeat":
    case "group":
    case "look":
    case "atomic":
      return [node.part];
    case "condition":
      return [node.yes, node.no];
    case "back-reference":
      return [];
  }
}

/** Compiles a syntax tree to a program for the exact matcher. */
import { Emitter } from "./emit-program.ts";
import { firstCodes, literalAt } from "./first-codes.ts";
import { isAnchored } from "./measure.ts";
import { type FirstCodes, numberAt, OP, type Program } from "./program.ts";
import { childrenOf, type Node } from "./tree.ts";

/** State shared by the expression and all its parts. */
interface Shared {
  readonly conditions: ReadonlyMap<number, number>;
  slots: number;
}

export function compileProgram(tree: Node, groups: number): Program {
  const conditions = new Map<number, number>();
  collectConditions(tree, conditions);
  const shared = { conditions, slots: (groups + 1) * 2 };
  const program = compileNode(tree, shared);
  // Set the final number of slots, because parts were compiled before all slots were reserved.
  return { ...program, slots: shared.slots };
}

function collectConditions(node: Node, into: Map<number, number>): void {
  if (node.kind === "condition" && !into.has(node.index)) into.set(node.index, into.size);
  for (const child of childrenOf(node)) collectConditions(child, into);
}

function refersBack(node: Node): boolean {
  return node.kind === "back-reference" || childrenOf(node).some(refersBack);
}

function compileNode(tree: Node, shared: Shared): Program {
  const emitter = new Emitter({
    compilePart: (part) => compileNode(part, shared),
    reserveSlot: () => shared.slots++,
  });
  emitter.emit(tree);
  const { parts, ...instructions } = emitter.finish();
  const { ops, x, y } = instructions;
  const forkNumbers = new Int32Array(ops.length).fill(-1);
  const firstOfX = new Array<FirstCodes | undefined>(ops.length).fill(undefined);
  const firstOfY = new Array<FirstCodes | undefined>(ops.length).fill(undefined);
  const literalAfter = new Array<string>(ops.length).fill("");
  let forks = 0;
  for (const [at, op] of ops.entries()) {
    if (op !== OP.split && op !== OP.loop) continue;
    forkNumbers[at] = forks++;
    if (op === OP.split) firstOfX[at] = firstCodes(instructions, numberAt(x, at));
    else literalAfter[at] = literalAt(instructions, numberAt(y, at));
    firstOfY[at] = firstCodes(instructions, numberAt(y, at));
  }
  return {
    ...instructions,
    parts,
    firstOfX,
    firstOfY,
    literalAfter,
    first: firstCodes(instructions, 0),
    anchored: isAnchored(tree),
    forkNumbers,
    forks,
    conditions: shared.conditions,
    remembers: refersBack(tree),
    slots: shared.slots,
  };
}

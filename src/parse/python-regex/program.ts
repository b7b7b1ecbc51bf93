/**
 * Tree -> instructions for the exact matcher. Counted repetitions are written out, so a program is a graph in which what
 * comes next depends only on the instruction, the position and the groups that a condition asks about.
 */
import { casesOf, type CharacterSet, createCharacterSet } from "./character-classes.ts";
import type { Expression, Node } from "./tree.ts";
import { widthOf } from "./parse-expression.ts";

export type Instruction =
  | { readonly op: "character"; readonly code: number }
  | { readonly op: "set"; readonly set: CharacterSet }
  | { readonly op: "any" }
  | { readonly op: "not-line-end" }
  | { readonly op: "start"; readonly everyLine: boolean }
  | { readonly op: "end"; readonly everyLine: boolean }
  | { readonly op: "very-end" }
  | { readonly op: "word-edge"; readonly negated: boolean; readonly ascii: boolean }
  | { readonly op: "save"; readonly slot: number }
  /** First the first, then the second. */
  | { readonly op: "split"; first: number; second: number }
  | { readonly op: "jump"; to: number }
  | { readonly op: "back-reference"; readonly group: number; readonly ignoreCase: boolean }
  | { readonly op: "condition"; readonly group: number; readonly bit: number; no: number }
  | {
      readonly op: "look";
      readonly program: Program;
      readonly negated: boolean;
      /** Characters to go back first. */
      readonly back: number;
    }
  | { readonly op: "atomic"; readonly program: Program }
  | { readonly op: "match" };

export interface Program {
  readonly instructions: readonly Instruction[];
  /** Groups a condition asks about, each with its bit. */
  readonly conditions: ReadonlyMap<number, number>;
  /** What follows depends on what groups hold: nothing may be skipped because it was tried before. */
  readonly remembers: boolean;
}

/** A program no real expression comes near; `{1000}` inside `{1000}` is refused. */
const LONGEST = 50_000;

export class TooLong extends Error {}

export function compileProgram({ tree }: Expression): Program {
  const conditions = new Map<number, number>();
  collectConditions(tree, conditions);
  return compileNode(tree, conditions);
}

function collectConditions(node: Node, into: Map<number, number>): void {
  if (node.kind === "condition" && !into.has(node.index)) into.set(node.index, into.size);
  for (const child of childrenOf(node)) collectConditions(child, into);
}

export function childrenOf(node: Node): readonly Node[] {
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
    case "character":
    case "any":
    case "set":
    case "start":
    case "end":
    case "very-end":
    case "word-edge":
    case "back-reference":
      return [];
  }
}

function refersBack(node: Node): boolean {
  return node.kind === "back-reference" || childrenOf(node).some(refersBack);
}

function compileNode(tree: Node, conditions: ReadonlyMap<number, number>): Program {
  const instructions: Instruction[] = [];
  const add = <I extends Instruction>(instruction: I): I => {
    if (instructions.length >= LONGEST) throw new TooLong("the expression is too long");
    instructions.push(instruction);
    return instruction;
  };
  const here = (): number => instructions.length;

  function emit(node: Node): void {
    switch (node.kind) {
      case "character": {
        const cases = node.ignoreCase ? casesOf(node.code) : [node.code];
        if (cases.length === 1) add({ op: "character", code: node.code });
        else {
          const items = cases.map((code) => ({ kind: "range" as const, from: code, to: code }));
          const plain = { negated: false, ignoreCase: false, ascii: false };
          add({ op: "set", set: createCharacterSet(items, plain) });
        }
        break;
      }
      case "any":
        add({ op: node.lineEnds ? "any" : "not-line-end" });
        break;
      case "set":
        add({ op: "set", set: createCharacterSet(node.items, node) });
        break;
      case "start":
        add({ op: "start", everyLine: node.everyLine });
        break;
      case "end":
        add({ op: "end", everyLine: node.everyLine });
        break;
      case "very-end":
        add({ op: "very-end" });
        break;
      case "word-edge":
        add({ op: "word-edge", negated: node.negated, ascii: node.ascii });
        break;
      case "sequence":
        for (const part of node.parts) emit(part);
        break;
      case "choice":
        emitChoice(node.options);
        break;
      case "repeat":
        if (node.style === "possessive")
          add({ op: "atomic", program: compileNode({ ...node, style: "greedy" }, conditions) });
        else emitRepeat(node.part, node.min, node.max, node.style === "lazy");
        break;
      case "group":
        add({ op: "save", slot: node.index * 2 });
        emit(node.part);
        add({ op: "save", slot: node.index * 2 + 1 });
        break;
      case "look": {
        const back = node.direction === "behind" ? (widthOf(node.part) ?? 0) : 0;
        const program = compileNode(node.part, conditions);
        add({ op: "look", program, negated: node.negated, back });
        break;
      }
      case "atomic":
        add({ op: "atomic", program: compileNode(node.part, conditions) });
        break;
      case "back-reference":
        add({ op: "back-reference", group: node.index, ignoreCase: node.ignoreCase });
        break;
      case "condition": {
        const bit = conditions.get(node.index) ?? 0;
        const test = add({ op: "condition", group: node.index, bit, no: 0 });
        emit(node.yes);
        const jump = add({ op: "jump", to: 0 });
        test.no = here();
        emit(node.no);
        jump.to = here();
        break;
      }
    }
  }

  function emitChoice(options: readonly Node[]): void {
    const jumps: { to: number }[] = [];
    for (const [index, option] of options.entries()) {
      if (index === options.length - 1) {
        emit(option);
        break;
      }
      const split = add({ op: "split", first: here() + 1, second: 0 });
      emit(option);
      jumps.push(add({ op: "jump", to: 0 }));
      split.second = here();
    }
    for (const jump of jumps) jump.to = here();
  }

  function emitRepeat(part: Node, min: number, max: number, lazy: boolean): void {
    for (let i = 0; i < min; i++) emit(part);
    if (max === Number.POSITIVE_INFINITY) {
      const split = add({ op: "split", first: 0, second: 0 });
      const head = here() - 1;
      const body = here();
      emit(part);
      add({ op: "jump", to: head });
      split.first = lazy ? here() : body;
      split.second = lazy ? body : here();
      return;
    }
    const splits: { first: number; second: number }[] = [];
    const bodies: number[] = [];
    for (let i = min; i < max; i++) {
      splits.push(add({ op: "split", first: 0, second: 0 }));
      bodies.push(here());
      emit(part);
    }
    for (const [i, split] of splits.entries()) {
      const body = bodies[i] ?? 0;
      split.first = lazy ? here() : body;
      split.second = lazy ? body : here();
    }
  }

  emit(tree);
  add({ op: "match" });
  return { instructions, conditions, remembers: refersBack(tree) };
}

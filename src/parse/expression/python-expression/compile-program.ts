/** Tree -> program for the exact matcher. */
import {
  type CharacterSet,
  casesOf,
  createCharacterSet,
  createWordSet,
} from "./character-classes.ts";
import { firstCodes, type Instructions, literalAt } from "./first-codes.ts";
import { isAnchored, isNullable, widthOf } from "./measure.ts";
import { ENDLESS, type FirstCodes, OP, type Part, type Program } from "./program.ts";
import { tellingTexts } from "./required-text.ts";
import { childrenOf, type Node, type SetItem } from "./tree.ts";

/** A program no real expression comes near; `{1000}` inside `{1000}` is refused. */
export const LONGEST = 50_000;

export class TooLong extends Error {}

/** Of the expression and all its parts. */
interface Whole {
  readonly conditions: ReadonlyMap<number, number>;
  slots: number;
}

export function compileProgram(tree: Node, groups: number): Program {
  const conditions = new Map<number, number>();
  collectConditions(tree, conditions);
  const whole = { conditions, slots: (groups + 1) * 2 };
  const program = compileNode(tree, whole);
  // Parts were compiled when not all slots were known.
  return { ...program, slots: whole.slots };
}

function collectConditions(node: Node, into: Map<number, number>): void {
  if (node.kind === "condition" && !into.has(node.index)) into.set(node.index, into.size);
  for (const child of childrenOf(node)) collectConditions(child, into);
}

function refersBack(node: Node): boolean {
  return node.kind === "back-reference" || childrenOf(node).some(refersBack);
}

function compileNode(tree: Node, whole: Whole): Program {
  const emitter = createEmitter(whole);
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
    if (op === OP.split) firstOfX[at] = firstCodes(instructions, x[at] ?? 0);
    else literalAfter[at] = literalAt(instructions, y[at] ?? 0);
    firstOfY[at] = firstCodes(instructions, y[at] ?? 0);
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
    conditions: whole.conditions,
    remembers: refersBack(tree),
    slots: whole.slots,
  };
}

interface Emitter {
  emit(node: Node): void;
  finish(): Instructions & { readonly parts: readonly Part[] };
}

function createEmitter(whole: Whole): Emitter {
  const ops: number[] = [];
  const x: number[] = [];
  const y: number[] = [];
  const least: number[] = [];
  const most: number[] = [];
  const sets: CharacterSet[] = [];
  const literals: string[] = [];
  const parts: Part[] = [];

  function add(op: number, a = 0, b = 0): number {
    if (ops.length >= LONGEST) throw new TooLong("the expression is too long");
    ops.push(op);
    x.push(a);
    y.push(b);
    least.push(0);
    most.push(0);
    return ops.length - 1;
  }
  const here = (): number => ops.length;
  const addSet = (set: CharacterSet): number => sets.push(set) - 1;
  const addPart = (part: Node, negated = false, back = 0): number =>
    parts.push({ program: compileNode(part, whole), negated, back }) - 1;

  function emit(node: Node): void {
    switch (node.kind) {
      case "character":
      case "any":
      case "set": {
        const only = onlyCode(node);
        if (only === undefined) add(OP.set, addSet(setOf(node)));
        else add(OP.character, only);
        break;
      }
      case "start":
        add(node.everyLine ? OP.lineStart : OP.start);
        break;
      case "end":
        add(node.everyLine ? OP.lineEnd : OP.end);
        break;
      case "very-end":
        add(OP.veryEnd);
        break;
      case "word-edge":
        add(OP.wordEdge, Number(node.negated), addSet(createWordSet(node.ascii)));
        break;
      case "sequence":
        emitSequence(node.parts);
        break;
      case "choice":
        emitChoice(node);
        break;
      case "repeat":
        if (node.style === "possessive") add(OP.atomic, addPart({ ...node, style: "greedy" }));
        else emitRepeat(node);
        break;
      case "group":
        add(OP.save, node.index * 2);
        emit(node.part);
        add(OP.save, node.index * 2 + 1);
        break;
      case "look": {
        const back = node.direction === "behind" ? (widthOf(node.part) ?? 0) : 0;
        add(OP.look, addPart(node.part, node.negated, back));
        break;
      }
      case "atomic":
        add(OP.atomic, addPart(node.part));
        break;
      case "back-reference":
        add(OP.backReference, node.index, Number(node.ignoreCase));
        break;
      case "condition": {
        const test = add(OP.condition, node.index);
        emit(node.yes);
        const jump = add(OP.jump);
        y[test] = here();
        emit(node.no);
        x[jump] = here();
        break;
      }
    }
  }

  /** Characters that follow each other are one instruction. */
  function emitSequence(nodes: readonly Node[]): void {
    for (let i = 0; i < nodes.length; i++) {
      let literal = "";
      let next = i;
      for (let node = nodes[next]; node !== undefined; node = nodes[++next]) {
        const code = node.kind === "character" ? onlyCode(node) : undefined;
        if (code === undefined) break;
        literal += String.fromCodePoint(code);
      }
      const node = nodes[i];
      if (next - i > 1) {
        add(OP.literal, literals.push(literal) - 1);
        i = next - 1;
      } else if (node !== undefined) emit(node);
    }
  }

  function emitChoice({ options, apart }: Node & { kind: "choice" }): void {
    const needed = apart === true ? tellingTexts(options) : [];
    const emitOption = (option: Node, index: number): void => {
      const text = needed[index] ?? "";
      if (text.length > 1) add(OP.needs, literals.push(text) - 1);
      emit(option);
    };
    const jumps: number[] = [];
    for (const [index, option] of options.entries()) {
      if (index === options.length - 1) {
        emitOption(option, index);
        break;
      }
      const split = add(OP.split, here() + 1);
      emitOption(option, index);
      jumps.push(add(OP.jump));
      y[split] = here();
    }
    for (const jump of jumps) x[jump] = here();
  }

  function emitRepeat({ part, min, max, style }: Node & { kind: "repeat" }): void {
    const endless = max === Number.POSITIVE_INFINITY;
    if (style === "greedy" && isOne(part) && min < ENDLESS) {
      const loop = add(OP.loop, addSet(setOf(part)), here() + 1);
      least[loop] = min;
      most[loop] = Math.min(max, ENDLESS);
      return;
    }
    for (let i = 0; i < min; i++) emit(part);
    const slot = isNullable(part) && max > min + 1 ? whole.slots++ : undefined;
    if (slot !== undefined) add(OP.clear, slot);
    const rounds: Round[] = [];
    const head = here();
    for (let i = min; i < (endless ? min + 1 : max); i++) rounds.push(emitRound(part, slot, style));
    if (endless) add(OP.jump, head);
    for (const round of rounds) finishRound(round, here());
  }

  /** Instructions whose way out of the repetition is not known yet. */
  interface Round {
    readonly split: number;
    readonly outOfSplit: "x" | "y";
    readonly again: number | undefined;
  }

  /** A round that took nothing is not followed by another: greedy goes on behind, lazy has tried that already. */
  function emitRound(part: Node, slot: number | undefined, style: string): Round {
    const addAgain = (): number | undefined =>
      slot === undefined ? undefined : add(OP.again, slot, -1);
    if (style === "lazy") {
      const split = add(OP.split, 0, here() + 1);
      addAgain();
      emit(part);
      return { split, outOfSplit: "x", again: undefined };
    }
    const again = addAgain();
    const split = add(OP.split, here() + 1);
    emit(part);
    return { split, outOfSplit: "y", again };
  }

  function finishRound({ split, outOfSplit, again }: Round, out: number): void {
    if (outOfSplit === "x") x[split] = out;
    else y[split] = out;
    if (again !== undefined) y[again] = out;
  }

  return {
    emit,
    finish() {
      add(OP.match);
      return {
        ops: Uint8Array.from(ops),
        x: Int32Array.from(x),
        y: Int32Array.from(y),
        least: Int32Array.from(least),
        most: Int32Array.from(most),
        sets,
        literals,
        parts,
      };
    },
  };
}

type One = Extract<Node, { kind: "character" | "any" | "set" }>;

/** It takes one character. */
function isOne(node: Node): node is One {
  return node.kind === "character" || node.kind === "any" || node.kind === "set";
}

function onlyCode(node: One): number | undefined {
  if (node.kind !== "character") return undefined;
  return node.ignoreCase && casesOf(node.code).length > 1 ? undefined : node.code;
}

function setOf(node: One): CharacterSet {
  const plain = { negated: false, ignoreCase: false, ascii: false };
  const single = (code: number): SetItem => ({ kind: "range", from: code, to: code });
  switch (node.kind) {
    case "character": {
      const cases = node.ignoreCase ? casesOf(node.code) : [node.code];
      return createCharacterSet(cases.map(single), plain);
    }
    case "any":
      return createCharacterSet(node.lineEnds ? [] : [single(10)], { ...plain, negated: true });
    case "set":
      return createCharacterSet(node.items, node);
  }
}

/** Emits the instructions of a syntax tree. Compiles its parts by a callback. */
import {
  type CharacterSet,
  casesOf,
  createCharacterSet,
  createWordSet,
} from "./character-classes.ts";
import { isNullable, widthOf } from "./measure.ts";
import { ENDLESS, type Instructions, OP, type Part, type Program } from "./program.ts";
import { tellingTexts } from "./required-text.ts";
import { type Node, type OneCharacter, type SetItem, takesOne } from "./tree.ts";

/** Maximum number of instructions. No real expression comes close, and `{1000}` inside `{1000}` is refused. */
export const MAX_INSTRUCTIONS = 50_000;

export class TooLong extends Error {}

type Repeat = Extract<Node, { kind: "repeat" }>;

/** Instructions of an iteration whose exit address is not known yet. */
interface Round {
  readonly split: number;
  readonly outOfSplit: "x" | "y";
  readonly again: number | undefined;
}

export interface EmitterOptions {
  compilePart(part: Node): Program;
  /** Reserves a slot for the start position of an iteration. */
  reserveSlot(): number;
}

export class Emitter {
  readonly #options: EmitterOptions;
  readonly #ops: number[] = [];
  readonly #x: number[] = [];
  readonly #y: number[] = [];
  readonly #least: number[] = [];
  readonly #most: number[] = [];
  readonly #sets: CharacterSet[] = [];
  readonly #literals: string[] = [];
  readonly #parts: Part[] = [];

  constructor(options: EmitterOptions) {
    this.#options = options;
  }

  get #here(): number {
    return this.#ops.length;
  }

  #add(op: number, x = 0, y = 0): number {
    if (this.#ops.length >= MAX_INSTRUCTIONS) throw new TooLong("the expression is too long");
    this.#ops.push(op);
    this.#x.push(x);
    this.#y.push(y);
    this.#least.push(0);
    this.#most.push(0);
    return this.#ops.length - 1;
  }

  #addSet(set: CharacterSet): number {
    return this.#sets.push(set) - 1;
  }

  #addPart(part: Node, negated = false, back = 0): number {
    return this.#parts.push({ program: this.#options.compilePart(part), negated, back }) - 1;
  }

  emit(node: Node): void {
    if (takesOne(node)) return this.#emitCharacter(node);
    switch (node.kind) {
      case "start":
        this.#add(node.everyLine ? OP.lineStart : OP.start);
        break;
      case "end":
        this.#add(node.everyLine ? OP.lineEnd : OP.end);
        break;
      case "very-end":
        this.#add(OP.veryEnd);
        break;
      case "word-edge":
        this.#add(OP.wordEdge, Number(node.negated), this.#addSet(createWordSet(node.ascii)));
        break;
      case "sequence":
        this.#emitSequence(node.parts);
        break;
      case "choice":
        this.#emitChoice(node);
        break;
      case "repeat":
        if (node.style === "possessive")
          this.#add(OP.atomic, this.#addPart({ ...node, style: "greedy" }));
        else this.#emitRepeat(node);
        break;
      case "group":
        this.#add(OP.save, node.index * 2);
        this.emit(node.part);
        this.#add(OP.save, node.index * 2 + 1);
        break;
      case "look": {
        const back = node.direction === "behind" ? (widthOf(node.part) ?? 0) : 0;
        this.#add(OP.look, this.#addPart(node.part, node.negated, back));
        break;
      }
      case "atomic":
        this.#add(OP.atomic, this.#addPart(node.part));
        break;
      case "back-reference":
        this.#add(OP.backReference, node.index, Number(node.ignoreCase));
        break;
      case "condition":
        this.#emitCondition(node);
        break;
    }
  }

  #emitCharacter(node: OneCharacter): void {
    const code = onlyCode(node);
    if (code === undefined) this.#add(OP.set, this.#addSet(setOf(node)));
    else this.#add(OP.character, code);
  }

  #emitCondition({ index, yes, no }: Node & { kind: "condition" }): void {
    const test = this.#add(OP.condition, index);
    this.emit(yes);
    const jump = this.#add(OP.jump);
    this.#y[test] = this.#here;
    this.emit(no);
    this.#x[jump] = this.#here;
  }

  /** Emits adjacent characters as one literal. */
  #emitSequence(nodes: readonly Node[]): void {
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
        this.#add(OP.literal, this.#literals.push(literal) - 1);
        i = next - 1;
      } else if (node !== undefined) this.emit(node);
    }
  }

  #emitChoice({ options, apart }: Node & { kind: "choice" }): void {
    const needed = apart === true ? tellingTexts(options) : [];
    const emitOption = (option: Node, index: number): void => {
      const text = needed[index] ?? "";
      if (text.length > 1) this.#add(OP.needs, this.#literals.push(text) - 1);
      this.emit(option);
    };
    const jumps: number[] = [];
    // Halves instead of a chain: a split rules out all options of a half by the next character.
    const emitBetween = (from: number, to: number): void => {
      const option = options[from];
      if (to - from === 1) {
        if (option !== undefined) emitOption(option, from);
        return;
      }
      const middle = (from + to) >>> 1;
      const split = this.#add(OP.split, this.#here + 1);
      emitBetween(from, middle);
      jumps.push(this.#add(OP.jump));
      this.#y[split] = this.#here;
      emitBetween(middle, to);
    };
    if (options.length > 0) emitBetween(0, options.length);
    for (const jump of jumps) this.#x[jump] = this.#here;
  }

  #emitRepeat({ part, min, max, style }: Repeat): void {
    const endless = max === Number.POSITIVE_INFINITY;
    if (style === "greedy" && takesOne(part) && min < ENDLESS) {
      const loop = this.#add(OP.loop, this.#addSet(setOf(part)), this.#here + 1);
      this.#least[loop] = min;
      this.#most[loop] = Math.min(max, ENDLESS);
      return;
    }
    for (let i = 0; i < min; i++) this.emit(part);
    const slot = isNullable(part) && max > min + 1 ? this.#options.reserveSlot() : undefined;
    if (slot !== undefined) this.#add(OP.clear, slot);
    const rounds: Round[] = [];
    const head = this.#here;
    for (let i = min; i < (endless ? min + 1 : max); i++)
      rounds.push(this.#emitRound(part, slot, style));
    if (endless) this.#add(OP.jump, head);
    for (const round of rounds) this.#finishRound(round, this.#here);
  }

  /**
   * Emits one iteration. After an empty iteration, greedy continues after the repetition; lazy has tried that already.
   */
  #emitRound(part: Node, slot: number | undefined, style: string): Round {
    const addAgain = (): number | undefined =>
      slot === undefined ? undefined : this.#add(OP.again, slot, -1);
    if (style === "lazy") {
      const split = this.#add(OP.split, 0, this.#here + 1);
      addAgain();
      this.emit(part);
      return { split, outOfSplit: "x", again: undefined };
    }
    const again = addAgain();
    const split = this.#add(OP.split, this.#here + 1);
    this.emit(part);
    return { split, outOfSplit: "y", again };
  }

  #finishRound({ split, outOfSplit, again }: Round, out: number): void {
    if (outOfSplit === "x") this.#x[split] = out;
    else this.#y[split] = out;
    if (again !== undefined) this.#y[again] = out;
  }

  /** Returns the instructions emitted, with the match at their end. */
  finish(): Instructions & { readonly parts: readonly Part[] } {
    this.#add(OP.match);
    return {
      ops: Uint8Array.from(this.#ops),
      x: Int32Array.from(this.#x),
      y: Int32Array.from(this.#y),
      least: Int32Array.from(this.#least),
      most: Int32Array.from(this.#most),
      sets: this.#sets,
      literals: this.#literals,
      parts: this.#parts,
    };
  }
}

function onlyCode(node: OneCharacter): number | undefined {
  if (node.kind !== "character") return undefined;
  return node.ignoreCase && casesOf(node.code).length > 1 ? undefined : node.code;
}

function setOf(node: OneCharacter): CharacterSet {
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

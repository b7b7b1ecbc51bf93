/** Computes the characters with which a program can continue at an instruction. */
import { type CharacterSet, codeAt, createCharacterSet } from "./character-classes.ts";
import {
  END,
  type FirstCodes,
  type Instructions,
  literalOf,
  numberAt,
  OP,
  setAt,
} from "./program.ts";

/** Maximum number of instructions visited for one result. A program that needs more may continue with anything. */
const MAX_VISITED = 200;

/** Returns undefined if the program may continue with anything. */
export function firstCodes(instructions: Instructions, from: number): FirstCodes | undefined {
  const codes = new CodeCollector();
  const visited = new Set<number>();
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (visited.has(at)) continue;
    if (visited.size >= MAX_VISITED) return undefined;
    visited.add(at);
    const following = visit(instructions, at, codes);
    if (following === undefined) return undefined;
    open.push(...following);
  }
  return codes.collected;
}

class CodeCollector {
  readonly #table = new Uint8Array(END + 1);
  readonly #foreign = new Set<CharacterSet>();

  get collected(): FirstCodes {
    return { table: this.#table, sets: [...this.#foreign] };
  }

  addCode(code: number): void {
    if (code < END) this.#table[code] = 1;
    else this.#foreign.add(only(code));
  }

  addEnd(): void {
    this.#table[END] = 1;
  }

  addSet(set: CharacterSet): void {
    for (let code = 0; code < END; code++) if (set.table[code] === 1) this.#table[code] = 1;
    if (set.isForeign) this.#foreign.add(set);
  }
}

const NOTHING: readonly number[] = [];

/**
 * Collects what one instruction can consume. Returns the instructions that come next if it consumes nothing; undefined:
 * it may consume anything.
 */
function visit(
  program: Instructions,
  at: number,
  codes: CodeCollector,
): readonly number[] | undefined {
  const x = numberAt(program.x, at);
  const y = numberAt(program.y, at);
  switch (program.ops[at] ?? OP.match) {
    case OP.character:
      codes.addCode(x);
      return NOTHING;
    case OP.literal:
      codes.addCode(codeAt(literalOf(program, x), 0));
      return NOTHING;
    case OP.set:
      codes.addSet(setAt(program, x));
      return NOTHING;
    case OP.loop:
      codes.addSet(setAt(program, x));
      return program.least[at] === 0 ? [y] : NOTHING;
    case OP.split:
      return [x, y];
    case OP.jump:
      return [x];
    case OP.condition:
      return [at + 1, y];
    case OP.again:
      return y >= 0 ? [at + 1, y] : [at + 1];
    case OP.end:
    case OP.lineEnd:
      codes.addCode(NEWLINE);
      codes.addEnd();
      return NOTHING;
    case OP.veryEnd:
      codes.addEnd();
      return NOTHING;
    case OP.match:
    case OP.backReference:
    case OP.atomic:
      return undefined;
    default:
      return [at + 1];
  }
}

const NEWLINE = 10;

/** Returns the text that an instruction and those after it require; "" if none is certain. */
export function literalAt(program: Instructions, from: number): string {
  const { ops, x } = program;
  let at = from;
  while (ops[at] === OP.save || ops[at] === OP.clear) at++;
  return ops[at] === OP.literal ? literalOf(program, numberAt(x, at)) : "";
}

function only(code: number): CharacterSet {
  const plain = { negated: false, ignoreCase: false, ascii: false };
  return createCharacterSet([{ kind: "range", from: code, to: code }], plain);
}

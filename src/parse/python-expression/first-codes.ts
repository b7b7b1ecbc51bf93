/** What a program can go on with at an instruction: what begins otherwise need not be tried. */
import type { CharacterSet } from "./character-classes.ts";
import { END, type FirstCodes, OP } from "./program.ts";

export interface Instructions {
  readonly ops: Uint8Array;
  readonly x: Int32Array;
  readonly y: Int32Array;
  readonly least: Int32Array;
  readonly most: Int32Array;
  readonly sets: readonly CharacterSet[];
  readonly literals: readonly string[];
}

/** Instructions looked at for one answer; where more would have to be, anything is possible. */
const MOST = 200;

/** undefined: anything. */
export function firstCodes(
  { ops, x, y, least, sets, literals }: Instructions,
  from: number,
): FirstCodes | undefined {
  const codes = new Uint8Array(END + 1);
  const seen = new Set<number>();
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue;
    if (seen.size >= MOST) return undefined;
    seen.add(at);
    const [a = 0, b = 0] = [x[at], y[at]];
    switch (ops[at]) {
      case OP.character:
        if (a < END) codes[a] = 1;
        break;
      case OP.literal: {
        const code = literals[a]?.codePointAt(0) ?? END;
        if (code < END) codes[code] = 1;
        break;
      }
      case OP.set:
        join(codes, sets[a]?.table);
        break;
      case OP.loop:
        join(codes, sets[a]?.table);
        if (least[at] === 0) open.push(b);
        break;
      case OP.split:
        open.push(a, b);
        break;
      case OP.jump:
        open.push(a);
        break;
      case OP.condition:
        open.push(at + 1, b);
        break;
      case OP.again:
        open.push(at + 1);
        if (b >= 0) open.push(b);
        break;
      case OP.end:
      case OP.lineEnd:
        codes[10] = 1;
        codes[END] = 1;
        break;
      case OP.veryEnd:
        codes[END] = 1;
        break;
      case undefined:
      case OP.match:
      case OP.backReference:
      case OP.atomic:
        return undefined;
      default:
        // Takes nothing: what comes after it decides.
        open.push(at + 1);
    }
  }
  return codes;
}

/** Text that must stand at an instruction, as far as it is told there. */
export function literalAt({ ops, x, literals }: Instructions, from: number): string {
  let at = from;
  while (ops[at] === OP.save || ops[at] === OP.clear) at++;
  return ops[at] === OP.literal ? (literals[x[at] ?? 0] ?? "") : "";
}

function join(codes: Uint8Array, table: Uint8Array | undefined): void {
  for (let code = 0; code < END; code++) if (table?.[code] === 1) codes[code] = 1;
}

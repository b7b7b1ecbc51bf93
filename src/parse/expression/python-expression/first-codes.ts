/** What a program can go on with at an instruction: what begins otherwise need not be tried. */
import { type CharacterSet, createCharacterSet } from "./character-classes.ts";
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
  const foreign = new Set<CharacterSet>();
  const take = (set: CharacterSet | undefined): void => {
    if (set === undefined) return;
    for (let code = 0; code < END; code++) if (set.table[code] === 1) codes[code] = 1;
    if (set.isForeign) foreign.add(set);
  };
  const takeCode = (code: number): void => {
    if (code < END) codes[code] = 1;
    else foreign.add(only(code));
  };
  const seen = new Set<number>();
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue;
    if (seen.size >= MOST) return undefined;
    seen.add(at);
    const [a = 0, b = 0] = [x[at], y[at]];
    switch (ops[at]) {
      case OP.character:
        takeCode(a);
        break;
      case OP.literal:
        takeCode(literals[a]?.codePointAt(0) ?? 0);
        break;
      case OP.set:
        take(sets[a]);
        break;
      case OP.loop:
        take(sets[a]);
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
  return { table: codes, sets: [...foreign] };
}

/** Text that must stand at an instruction, as far as it is told there. */
export function literalAt({ ops, x, literals }: Instructions, from: number): string {
  let at = from;
  while (ops[at] === OP.save || ops[at] === OP.clear) at++;
  return ops[at] === OP.literal ? (literals[x[at] ?? 0] ?? "") : "";
}

function only(code: number): CharacterSet {
  const plain = { negated: false, ignoreCase: false, ascii: false };
  return createCharacterSet([{ kind: "range", from: code, to: code }], plain);
}

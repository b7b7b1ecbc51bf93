/**
 * Decodes a pickle (protocols 0 to 5) into plain values. Only data opcodes are supported: those that import, call or
 * build objects are refused by name, and nothing is executed. The caller bounds the bytes; this file bounds values, their
 * text and depth, including repeated references.
 */
import { fail, ok, type Result } from "../../domain/result.ts";
import { isDict, isList, isTagged, type PickleValue } from "./pickle-value.ts";
import { BadPickle, Machine } from "./unpickle/machine.ts";
import { CONTAINERS } from "./unpickle/containers.ts";
import { OBJECTS, REFUSED } from "./unpickle/objects.ts";
import { SCALARS } from "./unpickle/scalars.ts";
import { TEXTS } from "./unpickle/texts.ts";

export interface UnpickleOptions {
  /** "exceptions": exceptions of a reply are read as name and arguments. Requests must contain no objects. */
  readonly objects?: "refused" | "exceptions";
  /** Maximum number of values; a value that is referred to twice counts twice. */
  readonly values?: number;
}

export interface PickleProblem {
  /** object: the pickle contains code. large: it exceeds a bound. broken: it is invalid or truncated. */
  readonly kind: "object" | "large" | "broken";
  readonly message: string;
}

const MAX_VALUES = 500_000;
/** Maximum length of all texts and bytes; one that is referred to twice counts twice. */
const MAX_TEXT_LENGTH = 33_554_432;
const MAX_DEPTH = 64;
const STOP = 0x2e;

const DATA: ReadonlyMap<number, (machine: Machine) => void> = new Map([
  ...SCALARS,
  ...TEXTS,
  ...CONTAINERS,
]);

export function unpickle(
  bytes: Uint8Array,
  { objects = "refused", values = MAX_VALUES }: UnpickleOptions = {},
): Result<PickleValue, PickleProblem> {
  try {
    const value = run(new Machine(bytes, values), objects);
    measure(value, MAX_DEPTH, { values, text: MAX_TEXT_LENGTH });
    return ok(value);
  } catch (error) {
    if (error instanceof BadPickle) return fail({ kind: error.kind, message: error.message });
    throw error;
  }
}

function run(machine: Machine, objects: "refused" | "exceptions"): PickleValue {
  for (;;) {
    const opcode = machine.byte();
    if (opcode === STOP) return machine.pop();
    const take = DATA.get(opcode) ?? (objects === "exceptions" ? OBJECTS.get(opcode) : undefined);
    if (take !== undefined) {
      take(machine);
      continue;
    }
    const name = REFUSED.get(opcode);
    if (name !== undefined) throw new BadPickle("object", `opcode ${name} would build an object`);
    throw new BadPickle("broken", `unknown opcode 0x${opcode.toString(16).padStart(2, "0")}`);
  }
}

/**
 * Counts values as a reader would visit them, against `budget`. A value that is referred to twice counts twice, and a
 * cycle is infinite.
 */
function measure(
  value: PickleValue,
  depth: number,
  budget: { values: number; text: number },
): void {
  if (depth === 0) throw new BadPickle("large", `nested deeper than ${MAX_DEPTH}`);
  if (--budget.values < 0) throw new BadPickle("large", "more values than one may hold");
  if (typeof value === "string" || value instanceof Uint8Array) budget.text -= value.length;
  if (budget.text < 0) throw new BadPickle("large", "more text than it may hold");
  for (const inner of parts(value)) measure(inner, depth - 1, budget);
}

const NONE: readonly PickleValue[] = [];

function parts(value: PickleValue): Iterable<PickleValue> {
  if (isList(value)) return value;
  if (isDict(value)) return [...value].flat();
  if (value instanceof Set) return value;
  if (!isTagged(value) || value.kind === "float") return NONE;
  return value.kind === "tuple" ? value.items : value.args;
}

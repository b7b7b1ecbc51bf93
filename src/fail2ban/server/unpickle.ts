/**
 * Decodes a pickle (protocols 0 to 5) into plain values. Only opcodes of data are supported: whatever would import,
 * call or build something is refused by name, and nothing is ever executed. The caller bounds the bytes; values and
 * depth are bounded here, also where references make a small pickle large.
 */
import { fail, ok, type Result } from "../../domain/result.ts";
import { isDict, isList, isTagged, type PickleValue } from "./pickle-value.ts";
import { BadPickle, Machine } from "./unpickle/machine.ts";
import { CONTAINERS } from "./unpickle/containers.ts";
import { OBJECTS, REFUSED } from "./unpickle/objects.ts";
import { SCALARS } from "./unpickle/scalars.ts";
import { TEXTS } from "./unpickle/texts.ts";

export interface UnpickleOptions {
  /** "exceptions": those of a reply are read as names with arguments. Requests hold none. */
  readonly objects?: "refused" | "exceptions";
  /** How many values it may hold; what is referred to twice counts twice. */
  readonly values?: number;
}

export interface PickleProblem {
  /** object: it asks for code. large: beyond the bounds. broken: no pickle, or cut off. */
  readonly kind: "object" | "large" | "broken";
  readonly message: string;
}

const VALUES = 500_000;
const DEPTH = 64;
const STOP = 0x2e;

const DATA: ReadonlyMap<number, (machine: Machine) => void> = new Map([
  ...SCALARS,
  ...TEXTS,
  ...CONTAINERS,
]);

export function unpickle(
  bytes: Uint8Array,
  { objects = "refused", values = VALUES }: UnpickleOptions = {},
): Result<PickleValue, PickleProblem> {
  try {
    const value = run(new Machine(bytes, values), objects);
    measure(value, DEPTH, { left: values });
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

/** As its readers will walk it: what is referred to twice counts twice, and a cycle has no end. */
function measure(value: PickleValue, depth: number, budget: { left: number }): void {
  if (depth === 0) throw new BadPickle("large", `nested deeper than ${DEPTH}`);
  if (--budget.left < 0) throw new BadPickle("large", "more values than one may hold");
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

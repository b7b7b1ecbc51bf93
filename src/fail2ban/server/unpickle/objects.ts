/**
 * Handles opcodes that name, call or build objects, which are refused in requests. In replies, a class with its
 * arguments is read as data and never executed: an exception as its name and arguments, str("…") as its text.
 */
import { isTagged, type PickleException, type PickleValue } from "../pickle-value.ts";
import { BadPickle, type Machine } from "./machine.ts";

type Opcode = readonly [number, (machine: Machine) => void];

export const REFUSED: ReadonlyMap<number, string> = new Map([
  [0x63, "GLOBAL"],
  [0x93, "STACK_GLOBAL"],
  [0x52, "REDUCE"],
  [0x62, "BUILD"],
  [0x69, "INST"],
  [0x6f, "OBJ"],
  [0x81, "NEWOBJ"],
  [0x92, "NEWOBJ_EX"],
  [0x82, "EXT1"],
  [0x83, "EXT2"],
  [0x84, "EXT4"],
  [0x50, "PERSID"],
  [0x51, "BINPERSID"],
  [0x97, "NEXT_BUFFER"],
  [0x98, "READONLY_BUFFER"],
]);

export const OBJECTS: ReadonlyMap<number, (machine: Machine) => void> = new Map<number, Opcode[1]>([
  [0x63, (m) => m.push(named(m.line(), m.line()))],
  [0x93, takeNames],
  [0x52, call],
  // BUILD: other state of an exception is ignored.
  [0x62, (m) => void m.pop()],
]);

/** Reads a class name; a class that is not called becomes an exception without arguments. */
function named(module: PickleValue, name: PickleValue): PickleException {
  if (typeof module === "string" && typeof name === "string")
    return { kind: "exception", module, name, args: [] };
  throw new BadPickle("broken", "a name that is not text");
}

function takeNames(machine: Machine): void {
  const name = machine.pop();
  machine.push(named(machine.pop(), name));
}

function call(machine: Machine): void {
  const args = machine.pop();
  const called = machine.pop();
  const ready = isTagged(called) && called.kind === "exception";
  if (!ready || !isTagged(args) || args.kind !== "tuple")
    throw new BadPickle("broken", "it calls something that is not a class");
  const [text] = args.items;
  const isText = /^(?:builtins|__builtin__)$/.test(called.module) && called.name === "str";
  if (isText && typeof text === "string") machine.push(text);
  else machine.push({ ...called, args: args.items });
}

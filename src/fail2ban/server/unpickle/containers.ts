/** Handles opcodes of lists, tuples, dictionaries, sets, the stack and the memo. */
import { type PickleValue, tuple } from "../pickle-value.ts";
import { BadPickle, type Machine } from "./machine.ts";

type Opcode = readonly [number, (machine: Machine) => void];

export const CONTAINERS: readonly Opcode[] = [
  [0x28, (m) => m.mark()],
  [0x30, (m) => void m.pop()],
  [0x31, (m) => void m.popMark()],
  [0x32, (m) => m.push(m.top())],
  [0x5d, (m) => m.push([])],
  [0x6c, (m) => m.push(m.popMark())],
  [0x61, (m) => append(m, [m.pop()])],
  [0x65, (m) => append(m, m.popMark())],
  [0x29, (m) => m.push(tuple())],
  // Not spread: there may be more items than a call may have arguments.
  [0x74, (m) => m.push({ kind: "tuple", items: m.popMark() })],
  [0x85, (m) => m.push(tuple(m.pop()))],
  [0x86, (m) => m.push(tuple(...[m.pop(), m.pop()].reverse()))],
  [0x87, (m) => m.push(tuple(...[m.pop(), m.pop(), m.pop()].reverse()))],
  [0x7d, (m) => m.push(new Map())],
  [0x64, (m) => m.push(fill(new Map(), m.popMark()))],
  [0x73, (m) => setItems(m, [m.pop(), m.pop()].reverse())],
  [0x75, (m) => setItems(m, m.popMark())],
  [0x8f, (m) => m.push(new Set())],
  [0x90, (m) => addItems(m, m.popMark())],
  [0x91, (m) => m.push(new Set(m.popMark().map(asKey)))],
  // PUT, BINPUT, LONG_BINPUT, MEMOIZE; GET, BINGET, LONG_BINGET
  [0x70, (m) => m.remember(readIndex(m.line()))],
  [0x71, (m) => m.remember(m.unsigned(1))],
  [0x72, (m) => m.remember(m.unsigned(4))],
  [0x94, (m) => m.rememberNext()],
  [0x67, (m) => m.recall(readIndex(m.line()))],
  [0x68, (m) => m.recall(m.unsigned(1))],
  [0x6a, (m) => m.recall(m.unsigned(4))],
];

function readIndex(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new BadPickle("broken", "a memo index is not a number");
  return Number(text);
}

function append(machine: Machine, items: readonly PickleValue[]): void {
  const list = machine.top();
  if (!Array.isArray(list))
    throw new BadPickle("broken", "it appends to something that is not a list");
  for (const item of items) list.push(item);
}

function setItems(machine: Machine, items: readonly PickleValue[]): void {
  const dict = machine.top();
  if (!(dict instanceof Map))
    throw new BadPickle("broken", "it sets a key of something that is not a dictionary");
  fill(dict, items);
}

function fill(
  dict: Map<PickleValue, PickleValue>,
  items: readonly PickleValue[],
): Map<PickleValue, PickleValue> {
  if (items.length % 2 === 1) throw new BadPickle("broken", "a key without a value");
  for (let i = 0; i < items.length; i += 2) dict.set(asKey(items[i] ?? null), items[i + 1] ?? null);
  return dict;
}

function addItems(machine: Machine, items: readonly PickleValue[]): void {
  const set = machine.top();
  if (!(set instanceof Set))
    throw new BadPickle("broken", "it adds to something that is not a set");
  for (const item of items) set.add(asKey(item));
}

/** Refuses mutable values as keys, as Python does. */
function asKey(value: PickleValue): PickleValue {
  const changes = Array.isArray(value) || value instanceof Map;
  if (changes) throw new BadPickle("broken", "a list or dictionary as a key");
  return value;
}

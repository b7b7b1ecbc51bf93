/**
 * Plain values of Python that a pickle may hold here, and nothing that runs. Of objects only exceptions are
 * supported, by name and arguments, because fail2ban's protocol reports errors that way.
 */
export type PickleValue =
  | null
  | boolean
  /** A whole number; beyond what a number holds exactly, a bigint. */
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PickleValue[]
  | ReadonlyMap<PickleValue, PickleValue>
  | ReadonlySet<PickleValue>
  | PickleFloat
  | PickleTuple
  | PickleException;

/** Told apart from whole numbers: Python prints 1.0 and 1 differently. */
export interface PickleFloat {
  readonly kind: "float";
  readonly value: number;
}

export interface PickleTuple {
  readonly kind: "tuple";
  readonly items: readonly PickleValue[];
}

export interface PickleException {
  readonly kind: "exception";
  readonly module: string;
  readonly name: string;
  readonly args: readonly PickleValue[];
}

export function tuple(...items: readonly PickleValue[]): PickleTuple {
  return { kind: "tuple", items };
}

export function isList(value: PickleValue | undefined): value is readonly PickleValue[] {
  return Array.isArray(value);
}

export function isDict(
  value: PickleValue | undefined,
): value is ReadonlyMap<PickleValue, PickleValue> {
  return value instanceof Map;
}

/** An element of the kinds that say what they are. */
export function isTagged(
  value: PickleValue | undefined,
): value is PickleFloat | PickleTuple | PickleException {
  return typeof value === "object" && value !== null && "kind" in value;
}

/** Elements of a list or a tuple; undefined for anything else. */
export function itemsOf(value: PickleValue | undefined): readonly PickleValue[] | undefined {
  if (isList(value)) return value;
  return isTagged(value) && value.kind === "tuple" ? value.items : undefined;
}

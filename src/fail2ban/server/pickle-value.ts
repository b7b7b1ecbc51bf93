/**
 * Plain Python values that a pickle may contain. The only objects are exceptions, as name and arguments, because
 * fail2ban's protocol reports errors as exceptions.
 */
export type PickleValue =
  | null
  | boolean
  /** A whole number; a bigint if a number cannot represent it exactly. */
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

/** A float, as a separate type because Python prints 1.0 and 1 differently. */
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

/** Reports whether the value is one of the objects with a `kind`. */
export function isTagged(
  value: PickleValue | undefined,
): value is PickleFloat | PickleTuple | PickleException {
  return typeof value === "object" && value !== null && "kind" in value;
}

/** Returns the elements of a list or tuple; undefined for any other value. */
export function itemsOf(value: PickleValue | undefined): readonly PickleValue[] | undefined {
  if (isList(value)) return value;
  return isTagged(value) && value.kind === "tuple" ? value.items : undefined;
}

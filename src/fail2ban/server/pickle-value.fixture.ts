/** Generates arbitrary pickle values for property tests. */
import fc from "fast-check";
import { anyCharacter } from "../../../test/any-character.ts";
import { type PickleValue, tuple } from "./pickle-value.ts";

const key: fc.Arbitrary<PickleValue> = fc.oneof(
  fc.string({ unit: anyCharacter }),
  fc.integer(),
  fc.constantFrom(null, true),
);

/** Generates numbers that survive conversion to text; Python sends no others. */
const float = fc
  .double({ noNaN: true })
  .filter((value) => !Object.is(value, -0))
  .map((value) => ({ kind: "float", value }) as const);

export const pickleValue: fc.Arbitrary<PickleValue> = fc.letrec<{ value: PickleValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 60n, max: 2n ** 200n }),
    fc.bigInt({ min: -(2n ** 200n), max: -(2n ** 60n) }),
    float,
    fc.string({ unit: anyCharacter }),
    fc.string({ unit: anyCharacter }),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.array(tie("value"), { maxLength: 5 }).map((items) => tuple(...items)),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }).map((pairs) => new Map(pairs)),
    fc.array(key, { maxLength: 4 }).map((keys) => new Set(keys)),
    fc.uint8Array({ maxLength: 20 }),
  ),
})).value;

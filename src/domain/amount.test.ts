import assert from "node:assert/strict";
import test from "node:test";
import { amount } from "./amount.ts";

test("the noun agrees with the number", () => {
  assert.deepEqual(
    [
      amount(0, "ban"),
      amount(1, "ban"),
      amount(2, "ban"),
      amount(1, "address"),
      amount(2, "address"),
      amount(3, "entry"),
      amount(3, "try", "tries"),
      amount(1, "of its lines", "of its lines"),
    ],
    [
      "0 bans",
      "1 ban",
      "2 bans",
      "1 address",
      "2 addresses",
      "3 entries",
      "3 tries",
      "1 of its lines",
    ],
  );
});

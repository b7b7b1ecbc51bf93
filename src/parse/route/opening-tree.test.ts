import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { OpeningTree } from "./opening-tree.ts";

test("every opening with which a message begins is found, in order", () => {
  const text = fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom("a", "b", "c", "é") });
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 30 }),
      fc.string({ unit: fc.constantFrom("a", "b", "c", "é", "\n") }),
      (texts, message) => {
        const openings = texts.map((opening, value) => ({ text: opening, value }));
        const tree = new OpeningTree(openings, (values) => values);
        const left = tree.find(`x${message}`, 1);
        assert.deepEqual(
          left,
          left.toSorted((a, b) => a - b),
        );
        for (const { text: opening, value } of openings) {
          if (message.startsWith(opening))
            assert.ok(left.includes(value), `${opening} on ${message}`);
        }
      },
    ),
    fuzzRuns(100),
  );
});

test("different openings are distinguished", () => {
  const texts = [
    "Failed password for ",
    "Failed publickey for ",
    "Failed none for ",
    "Invalid user ",
    "Illegal user ",
    "Failed ",
  ];
  const tree = new OpeningTree(
    texts.map((text) => ({ text, value: text })),
    (values) => values,
  );
  assert.deepEqual(tree.find("Failed password for root", 0), ["Failed password for ", "Failed "]);
  assert.deepEqual(tree.find("Illegal user x", 0), ["Illegal user "]);
});

test("a longer opening is searched where the shorter one ends", () => {
  const texts = ["Failed publickey for invalid user ", "Failed publickey for ", "Failed "];
  const tree = new OpeningTree(
    texts.map((text) => ({ text, value: text })),
    (values) => values,
  );
  assert.deepEqual(tree.find("Failed password for root", 0), ["Failed "]);
  assert.deepEqual(tree.find("Failed publickey for root", 0), texts.slice(1));
  assert.deepEqual(tree.find("Failed publickey for invalid user x", 0), texts);
});

test("without openings no rule is selected", () => {
  assert.deepEqual(new OpeningTree([], (values) => values).find("x", 0), []);
});

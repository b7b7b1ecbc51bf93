import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { instant } from "../domain/instant.ts";
import { ListCopies } from "./list-copy.ts";

const state = mkdtempSync(join(tmpdir(), `bailiff-copies-${process.pid}-`));
after(() => rmSync(state, { recursive: true }));
const copies = new ListCopies(state);
const path = join(state, "lists", "feed");
const COPY = {
  ...{ validators: { etag: '"1"', modified: undefined }, goodAt: instant(1_800_000_000_000) },
  text: "192.0.2.0/24\n2001:db8::1",
};

beforeEach(() => copies.save("feed", "a", COPY));

test("a copy is loaded as it was saved, for its origin only", () => {
  assert.deepEqual(copies.load("feed", "a"), COPY);
  assert.equal(copies.load("feed", "b"), undefined);
  assert.equal(copies.load("other", "a"), undefined);
});

for (const damage of ["\ngarbage", "\n999.1.1.1/99", "\n192.0.2.1/24", "\n", "9"])
  test(`a damaged copy is none: ${JSON.stringify(damage)}`, () => {
    appendFileSync(path, damage);
    assert.equal(copies.load("feed", "a"), undefined);
  });

test("nor is one that was cut off or lost its first line", () => {
  const content = readFileSync(path, "utf8");
  for (const text of [content.slice(0, -13), content.slice(content.indexOf("\n") + 1), ""]) {
    writeFileSync(path, text);
    assert.equal(copies.load("feed", "a"), undefined);
  }
});

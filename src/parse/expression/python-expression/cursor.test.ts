import assert from "node:assert/strict";
import { test } from "node:test";
import { Cursor } from "./cursor.ts";

test("a cursor takes whole characters, and nothing at the end", () => {
  const cursor = new Cursor("\u{1f600}a");
  assert.equal(cursor.takeCharacter(), 0x1f600);
  assert.equal(cursor.takeCharacter(), 97);
  assert.ok(cursor.isAtEnd);
  assert.equal(cursor.peek(), "");
  assert.equal(cursor.takeCharacter(), 0);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import { createLineAssembler } from "./line-assembler.ts";
import { MAX_JSON_LINE_BYTES, MAX_LINE_BYTES } from "../domain/line-batch.ts";
import { clean, takeLines } from "./take-lines.ts";

const take = (text: string | Buffer): ReturnType<typeof takeLines> => {
  const bytes = Buffer.from(text);
  return takeLines(bytes, bytes.length);
};

test("complete lines are taken, the rest is left", () => {
  assert.equal(take(""), undefined);
  assert.equal(take("no end"), undefined);
  assert.deepEqual(take("one\ntwo\nthr"), {
    text: "one\ntwo\n",
    bytes: 8,
    cutLines: 0,
    longestCut: 0,
  });
  assert.equal(take("\n\n")?.text, "\n\n");
});

test("only bytes that were read count, not older content of the buffer", () => {
  assert.equal(takeLines(Buffer.from("one\ntwo\n"), 6)?.text, "one\n");
});

test("CRLF, NUL and invalid bytes", () => {
  assert.equal(take("one\r\ntwo\r\n")?.text, "one\ntwo\n");
  assert.equal(take("a\0b\n")?.text, "a\ufffdb\n");
  assert.equal(take("\0\0\0a\n\0b\n")?.text, "a\nb\n");
  assert.equal(take(Buffer.from("\xe4\n", "latin1"))?.text, "\ufffd\n");
});

test("a line of the maximum length stays whole, one byte more is cut", () => {
  const whole = "x".repeat(MAX_LINE_BYTES);
  assert.deepEqual(take(`${whole}\n`)?.cutLines, 0);
  const cut = take(`a\n${whole}y\nb\n`);
  assert.equal(cut?.text, `a\n${whole}\0\nb\n`, "marked, so that no rule takes it for whole");
  assert.equal(cut?.cutLines, 1);
  assert.equal(cut?.longestCut, MAX_LINE_BYTES + 1);
});

test("a line of JSON has a longer maximum, because it escapes its text and cannot be read in part", () => {
  const opening = '{"log":"';
  const whole = opening + "x".repeat(MAX_JSON_LINE_BYTES - opening.length);
  assert.equal(take(`a\n${whole}\nb\n`)?.text, `a\n${whole}\nb\n`);
  assert.equal(take(`${whole}y\nb\n`)?.text, `${whole}\0\nb\n`);
  const stream = createLineAssembler();
  const texts = [opening.slice(0, 3), `${whole.slice(3)}\n${whole}`, "y", "y\nb\n"].map(
    (chunk) => stream.push(Buffer.from(chunk))?.text,
  );
  assert.deepEqual(texts, [undefined, `${whole}\n`, undefined, `${whole}\0\nb\n`]);
});

test("a cut never splits a character", () => {
  const cut = take(`${"x".repeat(MAX_LINE_BYTES - 1)}漢字\n`);
  assert.equal(cut?.text, `${"x".repeat(MAX_LINE_BYTES - 1)}\0\n`);
});

test("the lines of a stream do not depend on how it is split", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "\n",
      "\r\n",
      "\0",
      "ü",
      "word",
      "x".repeat(MAX_LINE_BYTES),
      "y".repeat(5000),
      '\n{"log":"',
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.array(fc.nat(40_000)), (pieces, cuts) => {
      const bytes = Buffer.from(pieces.join(""));
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
      places.sort((a, b) => a - b);
      const lines = createLineAssembler();
      let text = "";
      for (const [i, place] of places.entries()) {
        text += lines.push(bytes.subarray(places[i - 1] ?? 0, place))?.text ?? "";
      }
      text += lines.end("missing")?.text ?? "";
      assert.equal(lines.consumed(), bytes.length);
      assert.equal(text, reference(bytes));
      for (const line of text.split("\n")) {
        const most = line.startsWith("{") ? MAX_JSON_LINE_BYTES : MAX_LINE_BYTES;
        assert.ok(Buffer.byteLength(line) <= most * 3);
      }
    }),
    fuzzRuns(50),
  );
});

/** A simple reference: line by line over the whole stream. */
function reference(bytes: Buffer): string {
  const whole = bytes.toString("latin1");
  const lines = whole.split("\n");
  const last = lines.pop() ?? "";
  if (last.replace(/^\0+/, "") !== "") lines.push(last);
  return lines
    .map((line, i) => `${cut(line.replace(/^\0+/, ""), i < whole.split("\n").length - 1)}\n`)
    .join("");
}

function cut(line: string, isEnded: boolean): string {
  const most = line.startsWith("{") ? MAX_JSON_LINE_BYTES : MAX_LINE_BYTES;
  let end = Math.min(line.length, most);
  if (end < line.length) while ((line.charCodeAt(end) & 0xc0) === 0x80) end--;
  const text = Buffer.from(line.slice(0, end), "latin1").toString("utf8");
  return clean(`${text}\n`).slice(0, -1) + (isEnded && end === line.length ? "" : "\0");
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { CUT_MARK, MAX_LINE_BYTES } from "../domain/line-batch.ts";
import type { RecordStart, WrappedLine } from "../domain/record-start.ts";
import { joinLines, RECORD_SILENCE_MS } from "./join-lines.ts";

/** Lines of a container are `SECONDS STREAM EXTENT text`. */
const WRAPPED = /^(\d+) (out|err) ([wpu]) (.*)$/;
const EXTENTS = { w: "whole", p: "piece", u: "unfinished" } as const;
const isFirst = (text: string): boolean => text.startsWith("* ");

function unwrap(line: string): WrappedLine | undefined {
  const [whole, seconds, stream = "", extent = "w", text = ""] = WRAPPED.exec(line) ?? [];
  if (whole === undefined) return undefined;
  return {
    ...{ stream, text, at: Number(seconds) * 1000, begins: isFirst(text) },
    extent: EXTENTS[extent === "p" || extent === "u" ? extent : "w"],
    rewrap: (joined, how) => `${seconds} ${stream} w ${joined}${how === "cut" ? "[cut]" : ""}`,
  };
}

const START: RecordStart = {
  id: "star",
  begins: (line) => unwrap(line)?.begins ?? isFirst(line),
  unwrap,
};

/** What is complete, with "?" before lines without a first line, and the number of lines that are not. */
function join(
  lines: readonly string[],
  how: "open" | "end" = "open",
): readonly (string | number)[] {
  const joined = joinLines(`${lines.join("\n")}\n`, START, how === "open" ? 0 : undefined);
  const texts = joined.text.split("\n").slice(0, -1);
  assert.equal(texts.length, joined.records.length);
  const count = joined.records.reduce((sum, record) => sum + record.lines, 0);
  assert.equal(count + joined.openLines, lines.length, "each line belongs to one record");
  const shown = texts.map((text, i) => `${joined.records[i]?.begins === false ? "?" : ""}${text}`);
  return [...shown, joined.openLines];
}

test("each stream of a container has its own records, although their lines are mixed", () => {
  const lines = [
    "1 out w * a",
    "1 err w * x",
    "1 out w of a",
    "1 err w of x",
    "1 out w * b",
    "1 err w * y",
  ];
  assert.deepEqual(join(lines), ["1 out w * a of a", "1 err w * x of x", 2]);
  assert.deepEqual(join(lines, "end"), [
    "1 out w * a of a",
    "1 err w * x of x",
    "1 out w * b",
    "1 err w * y",
    0,
  ]);
});

test("a mixed record says where its first line is", () => {
  const lines = ["1 out w * a", "1 err w * x", "1 out w of a", "1 err w of x", "1 out w * b"];
  const { records } = joinLines(`${lines.join("\n")}\n`, START, undefined);
  assert.deepEqual(records, [
    { lines: 2, begins: true },
    { lines: 2, begins: true, offset: -1 },
    { lines: 1, begins: true },
  ]);
});

test("nothing is taken while a record that may continue is mixed with it", () => {
  const lines = ["1 out w * a", "1 err w * x", "1 err w * y", "1 err w * z"];
  assert.deepEqual(join(lines), [4]);
  assert.deepEqual(join(lines.slice(1)), ["1 err w * x", "1 err w * y", 1]);
});

test("a pause of a stream ends its record, although the other one has lines", () => {
  assert.equal(RECORD_SILENCE_MS, 1000);
  const lines = ["1 out w * a", "1 err w * x", "2 err w * y", "2 out w late"];
  assert.deepEqual(join(lines.slice(0, 3)), ["1 out w * a", "1 err w * x", 1]);
  assert.deepEqual(join(lines), ["1 out w * a", "1 err w * x", 2]);
  assert.deepEqual(join(lines, "end"), [
    "1 out w * a",
    "1 err w * x",
    "2 err w * y",
    "?2 out w late",
    0,
  ]);
});

test("the pieces of a line stay as they are, and are believed only if the line begins a record", () => {
  const lines = [
    "1 out p * lo",
    "1 err w * x",
    "1 out w ng",
    "1 out p te",
    "1 out w * xt",
    "1 out w * b",
  ];
  assert.deepEqual(join(lines, "end"), [
    ...["1 out p * lo", "1 out w ng", "1 err w * x", "?1 out p te", "?1 out w * xt", "1 out w * b"],
    0,
  ]);
  assert.deepEqual(join(["1 out p * lo"]), [1], "the rest may come");
  assert.deepEqual(join(["1 out u * a", "1 out w b"]), ["1 out u * a", "?1 out w b", 0]);
});

test("what is over the bound is cut, and the rest of a cut line in pieces is not believed", () => {
  const long = "x".repeat(1000);
  const [first = "", ...more] = join([
    "1 out w * a",
    ...Array.from({ length: 20 }, () => `1 out w ${long}`),
  ]);
  assert.match(String(first), /^1 out w \* a x.*x\[cut\]$/);
  assert.ok(String(first).length <= MAX_LINE_BYTES);
  assert.deepEqual(new Set(more.slice(0, -1)), new Set([`?1 out w ${long}`]));
  const piece = `1 out p * ${"y".repeat(MAX_LINE_BYTES - 20)}`;
  assert.deepEqual(join([piece, "1 err w * a"]), [`${piece}${CUT_MARK}`, 1]);
});

test("a stream without a line for long holds back no more than the bound", () => {
  const lines = [
    "1 out w * a",
    ...Array.from({ length: 300 }, (_, i) => `1 err w * ${i} ${"z".repeat(60)}`),
  ];
  const joined = join(lines);
  assert.equal(joined[0], "1 out w * a[cut]");
  assert.deepEqual(joined.slice(-1), [1]);
});

/** Rows of a container's log, whose streams are mixed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WrappedLine } from "../domain/record-start.ts";
import { readQuotes } from "../parse/structured/csv-quotes.ts";
import { unwrapLine } from "../parse/structured/unwrap-line.ts";
import { ROW_BEGINS, type RowForm } from "../source/step-row.ts";
import { joinRows, takeRows } from "../source/take-rows.ts";

const FORM: RowForm = {
  quotes: readQuotes,
  unwrap: (line): WrappedLine | undefined => unwrapLine(line, () => true),
};
const TIME = "2026-11-28T09:19:59Z";
const out = (text: string, flag = "F"): string => `${TIME} stdout ${flag} ${text}\n`;
const err = (text: string): string => `${TIME} stderr F ${text}\n`;

function take(log: string) {
  const buffer = Buffer.from(log);
  return takeRows(buffer, buffer.length, ROW_BEGINS, FORM);
}

test("rows come in the order of their first lines, and say where these are", () => {
  const { text, records } = joinRows(
    err("a,b") + out('c,"d') + err('e,"f') + out('g",h') + err('i"') + out("j,k"),
    FORM,
  );
  assert.equal(text, err("a,b") + out('c,"d g",h') + err('e,"f i"') + out("j,k"));
  assert.deepEqual(records, [
    { lines: 1, begins: true },
    { lines: 2, begins: true },
    { lines: 2, begins: true, offset: -1 },
    { lines: 1, begins: true },
  ]);
});

test("nothing is taken behind the beginning of an open row, nor of one that is mixed with it", () => {
  const before = err("a,b");
  const held = out('c,"d') + err('e,"f') + out('g"') + err("h");
  const { taken, open, state, end } = take(before + held);
  assert.equal(taken?.text, before);
  assert.deepEqual(open, { lines: 4, bytes: held.length });
  assert.equal(state.streams?.["stdout"], undefined);
  assert.equal(end.streams?.["stderr"]?.quote, "open");
});

test("a row that holds back more than a line may have is cut, with what is behind it in doubt", () => {
  const chatter = err("x".repeat(1000)).repeat(20);
  const { taken, open, state } = take(out('a,"b') + chatter);
  assert.equal(open, undefined);
  assert.equal(taken?.cutLines, 1);
  assert.equal(taken.records?.[0]?.begins, false);
  assert.equal(taken.records?.filter(({ begins }) => begins).length, 20);
  assert.equal(state.streams?.["stdout"]?.quote, "unknown");
});

test("pieces of a line are not joined to a row", () => {
  const { records = [], text } = joinRows(
    out('a,"b') + out("piece", "P") + out("rest") + out('end"') + out("c,d"),
    FORM,
  );
  assert.equal(text.split("\n")[1], out("piece", "P").trim());
  assert.deepEqual(
    records.map(({ begins }) => begins),
    [false, false, false, false, true],
  );
});

test("a plain line between those of a runtime leaves it unknown where rows begin", () => {
  const { records = [] } = joinRows(`${out('a,"b')}c,d\n${out("e,f")}${out('g,"h",i')}`, FORM);
  assert.deepEqual(
    records.map(({ begins }) => begins),
    [false, false, false, true],
  );
});

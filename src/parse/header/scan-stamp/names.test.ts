import assert from "node:assert/strict";
import { test } from "node:test";
import { anyMonthAt, anyWeekdayAt, monthAt, nameEnd, weekdayAt } from "./names.ts";

for (const [text, month, anyMonth] of [
  ["Nov 28", 11, 11],
  ["NOV 28", -1, 11],
  ["november", -1, 11],
  ["Nou 28", -1, -1],
  ["Ma", -1, -1],
] as const)
  test(`the month of "${text}"`, () => {
    assert.deepEqual([monthAt(text, 0), anyMonthAt(text, 0)], [month, anyMonth]);
  });

for (const [text, weekday, anyWeekday] of [
  ["Sun Nov", 0, 0],
  ["SATURDAY", -1, 6],
  ["Son Nov", -1, -1],
] as const)
  test(`the weekday of "${text}"`, () => {
    assert.deepEqual([weekdayAt(text, 0), anyWeekdayAt(text, 0)], [weekday, anyWeekday]);
  });

for (const [text, name] of [
  ["Nov 28", "Nov"],
  ["Sept. 28", "Sept."],
  ["September 28", "September"],
  ["SEPTEMBER", "SEPTEMBER"],
  ["28", ""],
  // Longer than any name.
  ["Marvellously late", "Marvellous"],
] as const)
  test(`the name in "${text}" is "${name}"`, () => {
    assert.equal(text.slice(0, nameEnd(text, 0)), name);
  });

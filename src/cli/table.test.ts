import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { formatTable } from "./table.ts";
import { visibleLength } from "./wrap-text.ts";

const headings = ["SUBJECT", "JAIL", "HOW", "REASON"];
const long = [
  "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff",
  "sshd",
  "lifted by root (uid 0): a typing error, of Alice",
  "5 failures within 10m, last: user root",
];

test("without a width a row is one line", () => {
  const [, row = "", ...more] = formatTable({ headings, rows: [long] }).split("\n");
  assert.deepEqual(more, []);
  assert.equal(row, long.join("  "));
});

const short = ["192.0.2.7", "sshd", "expired", "x"];

test("cells are broken in every column, and aligned below each other", () => {
  assert.equal(
    formatTable({ headings, rows: [long, short], width: 108 }),
    [
      "SUBJECT                                 JAIL  HOW                             REASON",
      "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff  sshd  lifted by root (uid 0): a       5 failures within 10m, last:",
      "                                              typing error, of Alice          user root",
      "192.0.2.7                               sshd  expired                         x",
    ].join("\n"),
  );
});

test("a last column for which too little of the width is left goes below the rows", () => {
  assert.equal(
    formatTable({ headings, rows: [long, short, ["192.0.2.8", "sshd", "-", ""]], width: 80 }),
    [
      "SUBJECT                                 JAIL  HOW",
      "  REASON",
      "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff  sshd  lifted by root (uid 0): a typing",
      "                                              error, of Alice",
      "  5 failures within 10m, last: user root",
      "192.0.2.7                               sshd  expired",
      "  x",
      "192.0.2.8                               sshd  -",
    ].join("\n"),
  );
});

test("a word is broken only if its column is too narrow, and stays complete", () => {
  const text = formatTable({ headings, rows: [[...long.slice(0, 3), "x"]], width: 40 });
  for (const line of text.split("\n")) assert.ok(line.length <= 40, text);
  const rows = text.split("\n").slice(1);
  const end = rows[0]?.indexOf(" ") ?? 0;
  assert.equal(rows.map((row) => row.slice(0, end).trim()).join(""), long[0]);
});

test("a long word is broken before a short cell is", () => {
  const path = "/etc/bailiff/conf.d/service-nextcloud.toml";
  const text = formatTable({
    headings: ["WHEN", "WHAT", "DETAIL", "WHO"],
    rows: [["10:29:01", "reload", `${path}: 1 jail changed`, "root (uid 0)"]],
    width: 60,
  });
  assert.match(text, /^10:29:01 {2}reload {2}\/etc\/bailiff\/conf\S+ +root \(uid 0\)$/m);
});

test("no line exceeds the width, and no character is lost", () => {
  const word = fc.stringMatching(/^(\u001b\[32m)?[a-z0-9:]{1,50}$/);
  const cell = fc.array(word, { minLength: 1, maxLength: 8 }).map((words) => words.join(" "));
  const row = fc.tuple(cell, cell, cell, cell);
  const characters = (text: string) =>
    text
      .replaceAll(/\u001b\[32m|\s/g, "")
      .split("")
      .toSorted()
      .join("");
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 4 }),
      fc.integer({ min: 40, max: 200 }),
      (rows, width) => {
        const text = formatTable({ headings, rows, width });
        for (const line of text.split("\n")) assert.ok(visibleLength(line) <= width, text);
        assert.equal(characters(text), characters([...headings, ...rows.flat()].join("")));
      },
    ),
  );
});

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { formatInstant, instant } from "../domain/instant.ts";
import type { LocalOffset } from "../parse/header/timestamp.ts";
import { earliestOffset, findLogEnd } from "./log-end.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-log-end-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));

const NOW = instant(Date.parse("2026-12-01T10:00:00Z"));
let files = 0;

function endOf(
  content: string | Buffer,
  changed = "2026-12-01T09:00:00Z",
  offset: LocalOffset = () => 0,
): string {
  const path = join(folder, `${files++}`);
  writeFileSync(path, content);
  utimesSync(path, new Date(changed), new Date(changed));
  return formatInstant(findLogEnd(path, NOW, offset));
}

const line = (stamp: string): string => `${stamp} web1 sshd[1]: Connection closed\n`;

test("the last line without a year is of the newest year in which it is not in the future", () => {
  assert.equal(endOf(line("Nov 30 08:00:00")), "2026-11-30T09:00:00.000Z");
  assert.equal(endOf(line("Dec  1 09:30:00")), "2026-12-01T10:00:00.000Z", "not after now");
  assert.equal(endOf(line("Dec  1 20:00:00")), "2025-12-01T21:00:00.000Z");
  assert.equal(endOf(line("Dec  2 13:14:25")), "2025-12-02T14:14:25.000Z");
});

test("a stated zone that is ahead of local time makes no line one of last year", () => {
  const tokyo = { times: { zone: () => 9 * 3_600_000, zoneOf: "log", format: undefined } } as const;
  const offset = earliestOffset(() => 0, [tokyo, {}]);
  assert.equal(endOf(line("Dec  1 17:30:00"), undefined, offset), "2026-12-01T09:30:00.000Z");
  assert.equal(offset(0), 9 * 3_600_000);
  assert.equal(earliestOffset(() => 10 * 3_600_000, [tokyo])(0), 10 * 3_600_000);
});

test("a log that has not changed for years is of the years before that", () => {
  const changed = "2023-02-01T00:00:00Z";
  assert.equal(endOf(line("Jan 31 23:59:59"), changed), "2023-02-01T00:59:59.000Z");
  assert.equal(endOf(line("Jan 31 23:59:59"), "1970-01-01T00:00:00Z"), "2026-02-01T00:59:59.000Z");
});

test("lines without a time at the end, also a cut one, are skipped", () => {
  const text = `${line("Nov 30 08:00:00")}  trace\n\nDec  2 13:1`;
  assert.equal(endOf(text), "2026-11-30T09:00:00.000Z");
});

test("without a timestamp that lacks its year, the end is now", () => {
  const now = formatInstant(NOW);
  assert.equal(endOf(""), now);
  assert.equal(endOf("no time\n"), now);
  assert.equal(endOf("2024-11-30T08:00:00Z web1 sshd[1]: Connection closed\n"), now);
  assert.equal(
    findLogEnd("-", NOW, () => 0),
    NOW,
  );
});

test("an archive ends when the log in it last changed", () => {
  const packed = gzipSync(line("Nov 30 08:00:00"));
  assert.equal(endOf(packed, "2026-06-01T00:00:00Z"), "2026-06-01T01:00:00.000Z");
  packed.writeUInt32LE(Date.parse("2025-03-01T00:00:00Z") / 1000, 4);
  assert.equal(endOf(packed, "2026-06-01T00:00:00Z"), "2025-03-01T01:00:00.000Z");
});

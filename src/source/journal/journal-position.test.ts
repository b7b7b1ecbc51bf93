import assert from "node:assert/strict";
import { describeJournal } from "./journal-source.ts";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { formatSavedCursor, isAfter, parseSavedCursor, positionOf } from "./journal-position.ts";

function cursor(sequence: string, number: number, at: number): string {
  return `s=${sequence};i=${number.toString(16)};b=1;m=1;t=${(at * 1000).toString(16)};x=1`;
}

function entry(sequence: string, number: number, at: number) {
  return { cursor: cursor(sequence, number, at), receivedAt: instant(at) };
}

test("entries of one sequence are ordered by it, whatever the clock did", () => {
  const reached = entry("a", 10, 5000);
  assert.equal(isAfter(entry("a", 11, 1000), reached), true);
  assert.equal(isAfter(entry("a", 10, 5000), reached), false);
  assert.equal(isAfter(entry("a", 9, 9000), reached), false);
  assert.equal(isAfter(entry("a", 0x10, 5000), entry("a", 0xf, 5000)), true);
});

test("entries of two sequences are ordered by time", () => {
  const reached = entry("a", 10, 5000);
  assert.equal(isAfter(entry("b", 1, 5001), reached), true);
  assert.equal(isAfter(entry("b", 99, 4999), reached), false);
});

test("before the first entry, entries since the start of reading are expected", () => {
  const begin = positionOf(undefined, instant(5000));
  assert.equal(isAfter(entry("a", 1, 4999), begin), false);
  assert.equal(isAfter(entry("a", 1, 5000), begin), true);
});

test("a saved cursor contains when its entry was received", () => {
  const saved = cursor("a", 7, 1_700_000_000_123);
  assert.deepEqual(positionOf(saved, instant(1)), {
    cursor: saved,
    receivedAt: 1_700_000_000_123,
  });
});

test("the saved position contains the streams in which a line was split", () => {
  const one = cursor("a", 7, 5000);
  const lost = { stream: "0badcafe", text: undefined };
  const held = { stream: "00000001", text: "GET /ä;w=1" };
  for (const open of [[], [lost], [held], [lost, held, lost], [held, held]])
    assert.deepEqual(parseSavedCursor(formatSavedCursor({ cursor: one, open })), {
      cursor: one,
      open,
    });
  assert.deepEqual(parseSavedCursor(one), { cursor: one, open: [] }, "as earlier versions did");
  assert.equal(parseSavedCursor("--file=/etc/passwd"), undefined);
  assert.equal(parseSavedCursor(undefined), undefined);
});

test("a journal is described like journalctl interprets the matches: values of one field are alternatives", () => {
  const say = (...matches: readonly string[][]): string => describeJournal({ matches });
  assert.equal(
    say(["_SYSTEMD_UNIT=a", "_SYSTEMD_UNIT=b"]),
    "journal _SYSTEMD_UNIT=a or _SYSTEMD_UNIT=b",
  );
  assert.equal(
    say(["_UID=0", "_SYSTEMD_UNIT=a", "_SYSTEMD_UNIT=b"]),
    "journal (_SYSTEMD_UNIT=a or _SYSTEMD_UNIT=b) AND _UID=0",
  );
  assert.equal(
    say(["_COMM=sshd", "_UID=0"], ["_COMM=a"]),
    "journal _COMM=a or _COMM=sshd AND _UID=0",
  );
  assert.equal(say([]), "journal everything");
});

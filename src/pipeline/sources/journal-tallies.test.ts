import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant } from "../../domain/instant.ts";
import type { LineBatch } from "../../domain/line-batch.ts";
import type { SourceStatus } from "../../domain/line-source.ts";
import type { Jail } from "../../jails/jail.ts";
import type { Watch } from "./source-plan.ts";
import { createJournalTallies } from "./journal-tallies.ts";

const START = Date.parse("2026-11-30T12:00:00Z");
const READER: SourceStatus = {
  kind: "journal",
  where: "journal _COMM=dovecot or _COMM=sshd",
  state: "reading",
  reason: undefined,
  lines: 99,
  cutLines: 9,
  lastLineAt: instant(START + 99_000),
};

/** The tallies only use the identity of a jail. */
function watch(...matches: string[][]): Watch {
  return { jail: {} as Jail, source: { kind: "journal", matches, directory: undefined } };
}

/** One line of each program; "…" is a cut one. */
function batch(...programs: string[]): LineBatch {
  const fields = programs.map((program) => ({
    ...{ at: instant(START), host: "h", program, pid: 1 },
    journal: new Map([
      ["_COMM", program.replace("…", "")],
      ["_UID", "33"],
    ]),
  }));
  const text = programs.map((program) => (program.endsWith("…") ? "cut\0\n" : "whole\n")).join("");
  return { text, fields, arrival: "live", cursor: undefined };
}

function setUp() {
  let now: Instant = instant(START);
  const tallies = createJournalTallies({ now: () => now, monotonic: () => now });
  return {
    tallies,
    at: (seconds: number, ...programs: string[]): void => {
      now = instant(START + seconds * 1000);
      tallies.count(batch(...programs));
    },
    of: ({ jail }: Watch): readonly unknown[] => {
      const { where, lines, cutLines, lastLineAt } = tallies.statusFor(jail, READER);
      const seconds = lastLineAt === undefined ? undefined : (lastLineAt - START) / 1000;
      return [where, lines, cutLines, seconds];
    },
  };
}

test("entries for one jail of a journal do not count for another", () => {
  const { tallies, at, of } = setUp();
  const sshd = watch(["_COMM=sshd"]);
  const dovecot = watch(["_COMM=dovecot"]);
  const silent = watch(["_COMM=vsftpd"]);
  const all = watch([]);
  tallies.use([sshd, dovecot, silent, all]);
  at(1, "sshd", "dovecot", "sshd…");
  at(2, "dovecot…", "cron");
  assert.deepEqual(of(sshd), ["journal _COMM=sshd", 2, 1, 1]);
  assert.deepEqual(of(dovecot), ["journal _COMM=dovecot", 2, 1, 2]);
  assert.deepEqual(of(silent), ["journal _COMM=vsftpd", 0, 0, undefined]);
  assert.deepEqual(of(all), ["journal everything", 5, 2, 2]);
});

test("matches with alternatives, several values of one field, and several fields", () => {
  const { tallies, at, of } = setUp();
  const either = watch(["_COMM=sshd"], ["_COMM=dovecot"]);
  const values = watch(["_COMM=sshd", "_COMM=dovecot"]);
  const both = watch(["_COMM=sshd", "_UID=0"]);
  tallies.use([either, values, both]);
  at(1, "sshd", "dovecot", "cron");
  assert.deepEqual(
    [either, values, both].map((one) => of(one)[1]),
    [2, 2, 0],
  );
});

test("jails keep their counts while others are added and removed; a changed match starts over", () => {
  const { tallies, at, of } = setUp();
  const sshd = watch(["_COMM=sshd"]);
  tallies.use([sshd]);
  at(1, "sshd");
  const replaced = watch(["_COMM=sshd"]);
  const dovecot = watch(["_COMM=dovecot"]);
  tallies.use([replaced, dovecot]);
  at(2, "sshd", "dovecot");
  assert.deepEqual(of(replaced), ["journal _COMM=sshd", 2, 0, 2]);
  const narrow = watch(["_COMM=sshd", "_UID=33"]);
  tallies.use([narrow]);
  assert.deepEqual(of(narrow), ["journal _COMM=sshd AND _UID=33", 0, 0, undefined]);
});

test("a jail of a file has its reader's counts", () => {
  const { tallies } = setUp();
  const jail = {} as Jail;
  tallies.use([{ jail, source: { kind: "file", files: ["/log"] } }]);
  assert.equal(tallies.statusFor(jail, READER), READER);
});

import assert from "node:assert/strict";
import test from "node:test";
import type { AuditNote } from "../../domain/ban-book.ts";
import { mergeAuditNotes } from "./merge-audit-notes.ts";
import { sampleJail, sampleSubject } from "../sample-entries.fixture.ts";

const jail = sampleJail("sshd");

function notes(count: number, change: Partial<AuditNote> = {}): readonly AuditNote[] {
  return Array.from({ length: count }, (_, n) => ({
    ...{ action: "ban", who: "root (uid 0)", subject: sampleSubject(n), jail, detail: "noisy" },
    ...change,
  }));
}

test("up to ten changes have an entry each", () => {
  assert.deepEqual(mergeAuditNotes(notes(10)), notes(10));
});

test("more become entries that list up to 500 addresses each", () => {
  const merged = mergeAuditNotes(notes(1200));
  assert.deepEqual(
    merged.map(({ detail }) => /; (\d+) addresses: /.exec(detail)?.[1]),
    ["500", "500", "200"],
  );
  assert.ok(merged.every(({ action, who, subject }) => action === "ban" && who !== "" && !subject));
  const listed = merged.flatMap(({ detail }) => detail.match(/10\.\d+\.\d+\.\d+/g) ?? []);
  assert.equal(new Set(listed).size, 1200);
});

test("only changes of addresses with equal action, author, jail and detail are merged", () => {
  const reload: AuditNote = { action: "reload", who: "root (uid 0)", detail: "" };
  const merged = mergeAuditNotes([
    ...notes(20),
    reload,
    ...notes(20, { detail: "other" }),
    ...notes(20, { action: "unban" }),
    ...notes(2, { who: "ann (uid 1000)" }),
    { ...reload },
  ]);
  assert.deepEqual(
    merged.map(({ action, who }) => `${action} ${who}`),
    [
      ...["ban root (uid 0)", "reload root (uid 0)", "ban root (uid 0)", "unban root (uid 0)"],
      ...["ban ann (uid 1000)", "ban ann (uid 1000)", "reload root (uid 0)"],
    ],
  );
});

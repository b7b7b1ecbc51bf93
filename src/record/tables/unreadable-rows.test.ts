/** An unreadable row is skipped: the daemon starts, and uses the rest of the record. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import test from "node:test";
import type { BanBook } from "../../domain/ban-book.ts";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { instant } from "../../domain/instant.ts";
import { parseJailName } from "../../domain/jail-name.ts";
import { ALL_PORTS } from "../../domain/port-scope.ts";
import type { TelemetryEvent } from "../../telemetry/events.ts";
import { openBook } from "../open-book.ts";
import { openSampleView } from "../sample-entries.fixture.ts";

const NOW = instant(1_800_000_000_000);
const clock = { now: () => NOW, monotonic: () => 0 };

function known<T>(value: T | undefined): T {
  assert.ok(value !== undefined);
  return value;
}

const JAIL = known(parseJailName("sshd"));
const subject = (n: number): Subject => known(parseSubject(`192.0.2.${n}`));

function fill(book: BanBook): void {
  const ban = (n: number) => ({
    ...{ subject: subject(n), jail: JAIL, scope: ALL_PORTS, from: NOW, reason: "r", rule: "" },
    ...{ until: instant(NOW + n * 1000), origin: "detected" as const, failures: 5, escalation: 0 },
  });
  const failure = (n: number) => ({
    ...{ kind: "failure" as const, subject: subject(n), jail: JAIL, at: NOW, weight: 1 },
    ...{ rule: "r", user: undefined, line: "l" },
  });
  const ip = (n: number) => ({ kind: "ban" as const, ban: ban(n), who: "x" });
  book.commit({ steps: [1, 2, 3, 4, 5].map(ip), cursors: [] });
  book.commit({ steps: [11, 12, 13].map(failure), cursors: [] });
  book.close({ subject: subject(4) }, { who: "x", reason: "" }, NOW);
  book.close({ subject: subject(5) }, { who: "x", reason: "" }, NOW);
  for (const n of [21, 22]) {
    const entry = {
      subject: subject(n),
      until: "forever",
      since: NOW,
      who: "x",
      reason: "",
    } as const;
    book.addAllow([entry]);
  }
}

/** Summarizes the readable part of the record. */
function summary(book: BanBook) {
  return {
    bans: [...book.activeBans({})].length,
    blocks: [...openSampleView(book).desiredBlocks(NOW)].length,
    near: book.bansOf(known(parseSubject("192.0.2.0/24"))).length,
    failures: [...book.failuresSince(instant(0))].length,
    history: book.history({ limit: 100 }).length,
    allowed: book.allowEntries(NOW).length,
  };
}

const WHOLE = { bans: 3, blocks: 3, near: 3, failures: 3, history: 2, allowed: 2 };
const HUGE = "1000000000000000000";

const DAMAGES: readonly (readonly [string, Partial<typeof WHOLE>])[] = [
  [`UPDATE allow_list SET until_at = ${HUGE} WHERE subject = '192.0.2.21'`, { allowed: 1 }],
  [`UPDATE allow_list SET since = ${HUGE} WHERE subject = '192.0.2.21'`, { allowed: 1 }],
  ["UPDATE allow_list SET subject = 'x/y' WHERE subject = '192.0.2.21'", { allowed: 1 }],
  [
    `UPDATE bans SET until_at = ${HUGE} WHERE subject = '192.0.2.2'`,
    { bans: 2, blocks: 2, near: 2 },
  ],
  // A number in between: SQLite and JavaScript both have it, no date does.
  [
    "UPDATE bans SET until_at = 9000000000000000 WHERE subject = '192.0.2.2'",
    { bans: 2, blocks: 2, near: 2 },
  ],
  [`UPDATE bans SET from_at = -${HUGE} WHERE subject = '192.0.2.2'`, { bans: 2, near: 2 }],
  [`UPDATE bans SET failures = ${HUGE} WHERE subject = '192.0.2.2'`, { bans: 2, near: 2 }],
  [
    "UPDATE bans SET subject = 'nobody' WHERE subject = '192.0.2.2'",
    { bans: 2, blocks: 2, near: 2 },
  ],
  ["UPDATE bans SET jail = 'a b' WHERE subject = '192.0.2.2'", { bans: 2, blocks: 2, near: 2 }],
  ["UPDATE bans SET origin = 'x' WHERE subject = '192.0.2.2'", { bans: 2, near: 2 }],
  [`UPDATE failures SET at = ${HUGE} WHERE subject = '192.0.2.12'`, { failures: 2 }],
  [`UPDATE failures SET weight = ${HUGE} WHERE subject = '192.0.2.12'`, { failures: 2 }],
  [`UPDATE failures SET id = ${HUGE} WHERE subject = '192.0.2.12'`, { failures: 2 }],
  [`UPDATE history SET ended_at = ${HUGE} WHERE subject = '192.0.2.5'`, { history: 1 }],
  [`UPDATE history SET subject = '' WHERE subject = '192.0.2.5'`, { history: 1 }],
];

for (const [sql, lost] of DAMAGES) {
  test(`one row is lost and reported, the others are used: ${sql}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), `bailiff-rows-${process.pid}-`));
    const path = join(folder, "book.db");
    const events: TelemetryEvent[] = [];
    const open = (): BanBook => openBook({ path, clock, emit: (event) => events.push(event) });
    try {
      {
        await using book = open();
        fill(book);
        assert.deepEqual(summary(book), WHOLE);
      }
      const database = new DatabaseSync(path);
      assert.equal(database.prepare(sql).run().changes, 1);
      database.close();
      {
        await using book = open();
        assert.deepEqual(summary(book), { ...WHOLE, ...lost });
        summary(book);
        const told = events.filter(({ event }) => event === "record-row-unreadable");
        assert.ok(told.length <= 2, JSON.stringify(told));
        // It can still be written, and every readable ban ends.
        book.commit({ steps: [], cursors: [{ key: "k", value: "v" }] });
        for (let round = 0; round < 4; round++) book.expire(instant(NOW + 10_000), 2);
        assert.deepEqual([...book.activeBans({})], []);
        const end = book.nextExpiry();
        assert.ok(end === undefined || end > NOW + 10_000, "nothing stays due forever");
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test("an unreadable row breaks the audit chain, which continues after it", async () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-rows-${process.pid}-`));
  const path = join(folder, "book.db");
  const open = (): BanBook => openBook({ path, clock, emit: () => undefined });
  try {
    for (const sql of [
      `UPDATE audit SET at = ${HUGE} WHERE id = 3`,
      `UPDATE audit SET id = ${HUGE} WHERE id = (SELECT max(id) FROM audit)`,
    ]) {
      {
        await using book = open();
        fill(book);
      }
      const database = new DatabaseSync(path);
      assert.equal(database.prepare(sql).run().changes, 1);
      database.close();
      await using book = open();
      const before = book.audit({ limit: 1000 }).length;
      book.commit({
        steps: [{ kind: "audit", action: "start", who: "x", detail: "" }],
        cursors: [],
      });
      assert.equal(book.audit({ limit: 1000 }).length, before + 1);
      assert.equal((await book.verifyAudit()).intact, false);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

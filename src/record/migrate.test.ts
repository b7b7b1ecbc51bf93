/** A database of an earlier release is brought to the present schema, and keeps what is in it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { literalSubject } from "../domain/cidr.ts";
import { instant } from "../domain/instant.ts";
import { HOUR_MS } from "../domain/stats.ts";
import { SQL as BOOK } from "./migrate/0001-book.ts";
import { SQL as LOGINS } from "./migrate/0002-logins.ts";
import { SQL as SESSIONS } from "./migrate/0003-sessions.ts";
import { SQL as CONFIRMATIONS } from "./migrate/0004-confirmations.ts";
import { SQL as PARDONS } from "./migrate/0005-pardons.ts";
import { SQL as PROXIES } from "./migrate/0006-proxies.ts";
import { SQL as ENFORCERS } from "./migrate/0007-enforcers.ts";
import { SQL as ADDRESSES } from "./migrate/0008-addresses.ts";
import { SQL as EXTRA_WEIGHT } from "./migrate/0009-extra-weight.ts";
import { openBook } from "./open-book.ts";
import { SAMPLE_START, sampleAt, sampleJail } from "./sample-entries.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-migrate-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The schema before statistics were added. */
const SCHEMA_9 = [
  ...[BOOK, LOGINS, SESSIONS, CONFIRMATIONS, PARDONS, PROXIES, ENFORCERS, ADDRESSES],
  EXTRA_WEIGHT,
].join("");

test("a database without statistics gets them, and keeps its bans and cursors", async () => {
  const path = join(folder, "schema-9.db");
  const former = new DatabaseSync(path);
  former.exec(`${SCHEMA_9} PRAGMA user_version = 9; PRAGMA application_id = 0x4241494c;
    INSERT INTO cursors VALUES ('log', '5', 1);
    INSERT INTO bans VALUES ('192.0.2.7', 'sshd', 1, '4c0000207', 'all', 1, ${sampleAt(3600)},
      'detected', 'reason', 'failed', 5, 0);`);
  former.close();
  const clock = { now: () => sampleAt(0), monotonic: () => 0 };
  await using book = openBook({ path, clock, emit: () => undefined });
  assert.equal(book.ban(sampleJail("sshd"), literalSubject("192.0.2.7"))?.failures, 5);
  assert.equal(book.cursor("log")?.value, "5");
  const period = { from: instant(SAMPLE_START - HOUR_MS), to: instant(SAMPLE_START + HOUR_MS) };
  assert.deepEqual(book.stats.read(period), { counts: [], runs: [], changes: [], tops: [] });
  book.stats.count({ jail: "sshd", rule: "failed" }, "failures", 1);
  assert.equal(book.stats.save(), true);
  assert.equal(book.stats.read(period).counts.length, 1);
});

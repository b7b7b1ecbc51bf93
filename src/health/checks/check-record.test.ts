import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { openBook } from "../../record/open-book.ts";
import { sampleWatchedJail } from "../watched-jail.fixture.ts";
import { createRecordCheck } from "./check-record.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-check-record-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));
const now = instant(1_800_000_000_000);
const clock = { now: () => now, monotonic: () => 0 };

/** Returns what the check says to do after something happened to the database file. */
async function adviceAfter(name: string, damage: (path: string) => void): Promise<string> {
  const jail = await sampleWatchedJail();
  const path = join(folder, `${name}.db`);
  await using book = openBook({ path, clock, emit: () => undefined });
  const check = createRecordCheck(book, undefined);
  await check.look?.([], now, "usual");
  assert.equal(check.proofs(jail, now)[0]?.kind, "proven");
  damage(path);
  await check.look?.([], now, "usual");
  const [proof] = check.proofs(jail, now);
  assert.ok(proof?.kind === "found");
  rmSync(`${path}.new`, { recursive: true, force: true });
  return proof.fix;
}

test("another file in the place of the database needs a restart, not disk space", async () => {
  const advice = await adviceAfter("replaced", (path) => {
    rmSync(path);
    writeFileSync(path, "a backup");
  });
  assert.match(advice, /^restart bailiff to use that file/);
});

test("what another program destroyed is written again, and needs no disk space", async () => {
  const advice = await adviceAfter("destroyed", (path) => {
    mkdirSync(`${path}.new`);
    truncateSync(path);
  });
  assert.match(advice, /written again; let no other program write/);
});

test("what cannot be written needs space or rights", async () => {
  const advice = await adviceAfter("removed", (path) => {
    mkdirSync(`${path}.new`);
    rmSync(path);
  });
  assert.match(advice, /^free disk space/);
});

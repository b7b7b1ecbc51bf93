/** The chain of the audit while entries come and go, and the head that was kept elsewhere. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { AuditProof } from "../domain/audit-proof.ts";
import { instant } from "../domain/instant.ts";
import { systemClock } from "../host/system-clock.ts";
import { openBook } from "./open-book.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-audit-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));

function open(name: string, clock = systemClock) {
  return openBook({ path: join(folder, name), clock, emit: () => undefined });
}

function note(book: ReturnType<typeof open>, count: number): void {
  for (let n = 0; n < count; n++) book.recordAudit({ action: "test", who: "ann", detail: `${n}` });
}

function headOf(proof: AuditProof): string {
  assert.ok(proof.intact, JSON.stringify(proof));
  return proof.head;
}

test("other work is done between the steps, and new entries belong to the chain", async () => {
  await using book = open("grows");
  note(book, 2500);
  let turns = 0;
  const work = setInterval(() => note(book, 1), 0);
  const count = (): void => {
    turns++;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  const proof = await book.verifyAudit();
  clearImmediate(timer);
  clearInterval(work);
  assert.ok(turns >= 2, `${turns} turns`);
  assert.ok(proof.intact && proof.entries >= 2500, JSON.stringify(proof));
});

test("entries that are removed because of their age while it is verified are not missed", async () => {
  let now = 0;
  const clock = { ...systemClock, now: () => instant(now) };
  await using book = open("shrinks", clock);
  note(book, 2500);
  now = 400 * 86_400_000;
  note(book, 10);
  const verifying = book.verifyAudit();
  await book.prune(instant(now), { windows: instant(0), detectors: instant(0) });
  assert.equal((await verifying).intact, true);
  const kept = await book.verifyAudit();
  assert.ok(kept.intact && kept.entries < 2500, "old entries were removed");
});

test("an audit that was cut or rewritten does not contain the head that was kept", async () => {
  let head = "";
  {
    await using book = open("cut");
    note(book, 5);
    head = headOf(await book.verifyAudit());
    note(book, 5);
    const later = await book.verifyAudit(head);
    assert.ok(later.intact && later.containsSaved);
  }
  const database = new DatabaseSync(join(folder, "cut"));
  database.exec("DELETE FROM audit WHERE id >= 5");
  database.close();
  await using book = open("cut");
  const proof = await book.verifyAudit(head);
  assert.deepEqual(
    [proof.intact, proof.intact && proof.containsSaved],
    [true, false],
    "the chain alone does not show it",
  );
});

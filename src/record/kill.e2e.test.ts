/** A child process is killed with SIGKILL at random moments while it commits; the file is always consistent. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fuzzCount } from "../../test/fuzz-rounds.ts";
import { openBook } from "./open-book.ts";
import { sampleAt, sampleJail, sampleSubject } from "./sample-entries.fixture.ts";

const KILLS = fuzzCount(8);
/** Every n-th entry bans the subject of the failures before it. */
const BAN_EVERY = 7;

const CHILD = `
import { openBook } from "${new URL("./open-book.ts", import.meta.url).href}";
import { sampleAt, sampleBan, sampleFailure, sampleSubject } from "${new URL("./sample-entries.fixture.ts", import.meta.url).href}";
const clock = { now: () => sampleAt(0), monotonic: () => 0 };
const book = openBook({ path: process.argv[1], clock, emit: () => undefined });
let n = Number(book.cursor("log")?.value ?? 0);
for (let isFirst = true; ; isFirst = false) {
  n++;
  const who = Math.floor((n - 1) / ${BAN_EVERY});
  const steps = [sampleFailure(n, { subject: sampleSubject(who), at: sampleAt(n) })];
  if (n % ${BAN_EVERY} === 0) steps.push(sampleBan(who));
  book.commit({ steps, cursors: [{ key: "log", value: String(n) }] });
  if (isFirst) process.stdout.write("committed\\n");
  if (n % 50 === 0) await book.prune(sampleAt(n), { windows: sampleAt(0), detectors: sampleAt(0) });
}`;

describe("killed at random moments (invariant 5: a cursor moves with its decisions)", () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-kill-${process.pid}-`));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("no failure is lost or counted twice, and windows are restored exactly", async () => {
    const path = join(folder, "bailiff.db");
    let before = 0;
    for (let round = 0; round < KILLS; round++) {
      const child = spawn(process.execPath, ["--input-type=module", "-e", CHILD, path], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(child.stdout, "data");
      // A random delay, which varies the moment of the kill.
      await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 60));
      child.kill("SIGKILL");
      await once(child, "exit");

      const clock = { now: () => sampleAt(0), monotonic: () => 0 };
      await using book = openBook({
        path,
        clock,
        emit: (event) => assert.fail(`unexpected ${event.event}`),
      });
      const cursor = Number(book.cursor("log")?.value ?? 0);
      assert.ok(cursor > before, "nothing is taken back");
      before = cursor;
      const bans = Math.floor(cursor / BAN_EVERY);
      assert.equal(book.countBans().get(sampleJail("sshd")) ?? 0, bans);
      const expected = Array.from(
        { length: cursor % BAN_EVERY },
        (_, n) => bans * BAN_EVERY + n + 1,
      );
      assert.deepEqual(
        [...book.failuresSince(sampleAt(0))].map((failure) => failure.at),
        expected.map((n) => sampleAt(n)),
      );
      const last = book.ban(sampleJail("sshd"), sampleSubject(bans - 1));
      if (bans > 0) assert.equal(book.evidence(last?.id ?? -1).length, BAN_EVERY);
      const proof = await book.verifyAudit();
      assert.ok(proof.intact && proof.entries === bans);
    }
  });
});

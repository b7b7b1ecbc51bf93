/** A full disk: banning continues, the state shows the reason, and nothing is lost when there is space again. */
import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { differenceOf, shownFor } from "../docs/page-steps.ts";
import { failures, openStage, type Stage, untilTrue } from "./stage.ts";

let stage: Stage;
/** The state folder in the daemon's mount namespace, on a small disk. */
let disk: string;

before(async () => {
  stage = await openStage({ sshd: "none" });
  const script = 'mount -t tmpfs -o size=1m tmpfs "$1" && shift && exec "$@"';
  await stage.start({
    through: ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh", stage.state],
  });
  disk = join(`/proc/${stage.daemon.pid}/root`, stage.state);
  assert.ok(readdirSync(disk).includes("bailiff.db"));
});

after(() => stage[Symbol.asyncDispose]());

function fill(): void {
  for (let size = 1 << 20; size >= 1; size >>= 1) {
    for (let i = 0; i < 4; i++) {
      try {
        writeFileSync(join(disk, `ballast-${size}-${i}`), Buffer.alloc(size));
      } catch {
        // No space for this size; a smaller chunk may still fit.
      }
    }
  }
}

test("with a full disk, bans continue, and the state is degraded with the reason", async () => {
  stage.write(failures("192.0.2.7", 3));
  await stage.untilBlocked("192.0.2.7");
  fill();
  for (const n of [20, 21, 22, 23]) {
    stage.write(failures(`192.0.2.${n}`, 3));
    await stage.untilBlocked(`192.0.2.${n}`);
  }
  await stage.untilEvent("record-failed");
  const status = await stage.ask("status", {});
  assert.equal(status.record.state, "degraded");
  assert.ok(status.record.unsaved > 0);
  assert.equal(status.jails[0]?.state, "degraded");
  assert.equal(status.jails[0]?.cause, "record-trouble");
  const shown = await stage.bailiff("status");
  assert.equal(shown.code, 1);
  const output = shown.output.replace(stage.log, "/var/log/auth.log");
  const page = shownFor("docs/troubleshooting.md", "bailiff status");
  assert.equal(differenceOf(page, output), undefined, output);
  assert.equal((await stage.bans()).length, 5, "bans in memory are listed as well");
  assert.equal((await stage.bailiff("unban", "192.0.2.20")).code, 0);
  await stage.untilFree("192.0.2.20");
});

test("when there is space again, everything is saved", async () => {
  for (const name of readdirSync(disk).filter((entry) => entry.startsWith("ballast"))) {
    rmSync(join(disk, name));
  }
  stage.write(failures("192.0.2.30", 3));
  await stage.untilBlocked("192.0.2.30");
  await stage.untilEvent("record-recovered");
  await untilTrue(async () => (await stage.ask("status", {})).state === "protecting", "protecting");
  assert.deepEqual((await stage.bans()).map(({ subject }) => subject).sort(), [
    "192.0.2.21",
    "192.0.2.22",
    "192.0.2.23",
    "192.0.2.30",
    "192.0.2.7",
  ]);
});

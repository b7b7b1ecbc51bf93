/** Every kind of rotation with the whole daemon: bans continue, and no line counts twice. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  lstatSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { failedPassword, failures, openStage, type Stage } from "./stage.ts";

let stage: Stage;
let n = 10;

before(async () => {
  stage = await openStage({ sshd: "none" });
  await stage.start();
});

after(() => stage[Symbol.asyncDispose]());

interface Rotation {
  readonly what: string;
  /** Rotates `log`; `old` is the name for its previous content. */
  readonly rotate: (log: string, old: string) => void;
}

const ROTATIONS: readonly Rotation[] = [
  {
    what: "rename and create",
    rotate: (log, old) => {
      renameSync(log, old);
      writeFileSync(log, "");
    },
  },
  { what: "rename, and created by the next line", rotate: (log, old) => renameSync(log, old) },
  {
    what: "copy and truncate",
    rotate: (log, old) => {
      copyFileSync(log, old);
      truncateSync(log, 0);
    },
  },
  {
    what: "delete and create",
    rotate: (log) => {
      unlinkSync(log);
      writeFileSync(log, "");
    },
  },
  {
    what: "rename, create, and gzip of the old file",
    rotate: (log, old) => {
      renameSync(log, old);
      writeFileSync(log, "");
      execFileSync("gzip", ["--force", old]);
    },
  },
  {
    what: "a symbolic link that is switched",
    rotate: (log) => {
      // Today's file has its date in its name, and the link points to it.
      const day = (i: number): string => `${log}-202611${i}`;
      if (!lstatSync(log).isSymbolicLink()) renameSync(log, day(++n));
      writeFileSync(day(++n), "");
      symlinkSync(day(n), `${log}.new`);
      renameSync(`${log}.new`, log);
    },
  },
  {
    what: "logrotate",
    rotate: (log) => {
      const config = join(stage.lab.folder, "logrotate.conf");
      writeFileSync(config, `${log} {\n su root root\n rotate 3\n create\n compress\n}\n`);
      const state = join(stage.lab.folder, "logrotate.state");
      execFileSync("/usr/sbin/logrotate", ["--force", "--state", state, config]);
    },
  },
];

for (const { what, rotate } of ROTATIONS) {
  test(`bans follow: ${what}`, async () => {
    const [spread, fresh] = [`192.0.2.${++n}`, `192.0.2.${++n}`];
    stage.write([...failures(spread, 2), ...failures(fresh, 1)]);
    await stage.untilEvent("failure", { ip: fresh, count: 1 });
    rotate(stage.log, `${stage.log}.1`);
    stage.write(failedPassword(spread));
    await stage.untilBlocked(spread);
    stage.write(failures(fresh, 1));
    await stage.untilEvent("failure", { ip: fresh, count: 2 });
    assert.ok(!(await stage.blocked()).includes(fresh), "no line counted twice");
  });

  test(`nothing is lost while the daemon is down: ${what}`, async () => {
    const [spread, fresh] = [`192.0.2.${++n}`, `192.0.2.${++n}`];
    stage.write(failures(spread, 1));
    await stage.untilEvent("failure", { ip: spread, count: 1 });
    // An answer proves that the lines that were read are recorded too.
    await stage.ask("version", {});
    await stage.stop("SIGKILL");
    // Lines that were only in the deleted file are lost.
    const lost = what === "delete and create";
    if (!lost) stage.write([...failures(spread, 1), ...failures(fresh, 2)]);
    rotate(stage.log, `${stage.log}.1`);
    stage.write(failures(spread, lost ? 2 : 1));
    await stage.start();
    await stage.untilBlocked(spread);
    if (!lost) assert.equal(stage.events("failure").filter(({ ip }) => ip === fresh).length, 2);
  });
}

test("a log that disappears for a while is read when it returns", async () => {
  rmSync(stage.log);
  stage.write(failures("192.0.2.200", 3));
  await stage.untilBlocked("192.0.2.200");
  const status = await stage.ask("status", { jail: "sshd" });
  assert.equal(status.jails[0]?.state, "protecting");
});

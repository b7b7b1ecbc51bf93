/** Debian 12's sshd filter of fail2ban passes over lines of OpenSSH 9.8 and later, which come from `sshd-session`. */
import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openStage, type Stage, untilTrue } from "../stage.ts";

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "none", config: "" });
  const directory = join(stage.lab.folder, "fail2ban");
  cpSync("/etc/fail2ban", directory, { recursive: true });
  // Debian's own file enables the jail with the journal.
  writeFileSync(join(directory, "jail.d", "defaults-debian.conf"), "");
  writeFileSync(
    join(directory, "jail.local"),
    `[sshd]\nenabled = true\nbackend = polling\nlogpath = ${stage.log}\n`,
  );
  await stage.start({ args: ["--fail2ban", directory] });
});

after(() => stage[Symbol.asyncDispose]());

function fail(program: string, ip: string): void {
  const at = new Date().toISOString();
  const line = `${at} web1 ${program}[77]: Failed password for root from ${ip} port 4022 ssh2`;
  stage.write([1, 2, 3, 4, 5].map(() => line));
}

interface Judged {
  readonly state: string;
  readonly reason: string;
  readonly cause: string | null;
}

async function judge(): Promise<Judged> {
  const { jails } = await stage.ask("doctor", { jail: "sshd" });
  const [one] = jails;
  assert.ok(one !== undefined);
  return one;
}

test("the jail is blind, and doctor, status and drift say so", async () => {
  fail("sshd-session", "198.51.100.7");
  await untilTrue(async () => (await judge()).state === "blind", "the jail is blind");
  const { reason, cause } = await judge();
  assert.equal(cause, "failures-missed");
  assert.match(
    reason,
    /recognizes none of 5 failed logins, most from 198\.51\.100\.7, .*sshd-session/,
  );
  const doctor = await stage.bailiff("doctor", "sshd");
  assert.equal(doctor.code, 1);
  assert.match((await stage.bailiff("status")).output, /sshd +blind/);
  assert.match((await stage.bailiff("drift")).output, /sshd: not measured/);
  assert.deepEqual(await stage.blocked(), []);
});

test("lines that the expressions recognize end it", async () => {
  fail("sshd", "198.51.100.8");
  await stage.untilBlocked("198.51.100.8");
  await untilTrue(async () => (await judge()).cause !== "failures-missed", "it is not blind");
});

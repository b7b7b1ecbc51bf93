/** Lines that a local account writes about failed logins have no record in btmp. */
import assert from "node:assert/strict";
import { appendFileSync, readFileSync, rmSync } from "node:fs";
import { test } from "node:test";
import { untilTrue } from "../stage.ts";
import { LIMIT_MS, WitnessStage } from "./witness-stage.ts";

/** Of utmp(5) on 64-bit machines. */
const RECORD_BYTES = 384;

/** As any local account can write to syslog: rsyslogd takes the program's name from the message. */
async function forge({ stage, syslogSocket }: WitnessStage, ip: string): Promise<void> {
  const message = `Failed password for root from ${ip} port 40022 ssh2`;
  for (let n = 0; n < 4; n++) {
    const argv = ["logger", "-u", syslogSocket, "-p", "authpriv.info", "-i", "-t", "sshd", message];
    const written = await stage.lab.run("host", argv);
    assert.ok(written.ok, written.ok ? "" : written.error);
  }
}

test("forged lines are reported and ban nobody, while attackers are banned", async (context) => {
  await using witness = await WitnessStage.open();
  const { stage, btmp } = witness;
  await witness.startDaemon(stage.log, 3);
  const [first, second, third] = ["192.0.2.31", "192.0.2.32", "192.0.2.33"];
  for (let n = 0; n < 3; n++) await stage.lab.guess({ from: first });
  await stage.untilBlocked(first);
  const since = performance.now();
  await forge(witness, "192.0.2.66");
  const ignored = await stage.untilEvent("ignored", { ip: "192.0.2.66" });
  assert.match(String(ignored["reason"]), /^unrecorded: btmp has no record of [34] of these/);
  assert.equal((await stage.blocked()).includes("192.0.2.66"), false);
  const { output } = await stage.bailiff("why", "192.0.2.66");
  assert.match(output, /sshd did not ban it at \S+: btmp has no record of [34] of these/);
  for (let n = 0; n < 3; n++) await stage.lab.guess({ from: second });
  await stage.untilBlocked(second);
  const why = await stage.ask("why", { subject: second });
  assert.deepEqual(
    why.bans[0]?.evidence.map(({ confirmed_by }) => confirmed_by),
    ["btmp", "btmp", "btmp"],
  );
  await untilTrue(
    async () => (await stage.ask("status", {})).jails[0]?.cause === "logins-unrecorded",
    "the forged lines are reported",
    LIMIT_MS - (performance.now() - since),
  );
  const { reason } = (await stage.ask("status", {})).jails[0] ?? {};
  context.diagnostic(`after ${Math.round((performance.now() - since) / 1000)} s: ${reason}`);
  assert.match(
    reason ?? "",
    /^[34] lines about failed logins since \S+ have no record in btmp: 192\.0\.2\.66 \([34]\); another process may have written them, so they lead to no ban$/,
  );
  // Nobody goes free because the witness is gone.
  rmSync(btmp);
  for (let n = 0; n < 3; n++) await stage.lab.guess({ from: third });
  await stage.untilBlocked(third);
  await untilTrue(
    async () => (await witness.flow()).some(({ evidence }) => /they still ban/.test(evidence)),
    "the loss of the witness is reported",
  );
});

test("more records than one look reads are reported as skipped", async () => {
  await using witness = await WitnessStage.open();
  await witness.startDaemon();
  await witness.guess();
  const record = readFileSync(witness.btmp).subarray(-RECORD_BYTES);
  // A look reads some 10,000; one that comes during the write leaves enough for the next.
  appendFileSync(witness.btmp, Buffer.concat(new Array<Buffer>(36_000).fill(record)));
  await untilTrue(
    async () => (await witness.flow()).some(({ cause }) => cause === "records-skipped"),
    "skipped records are reported",
  );
});

/** btmp and the log agree on a healthy host, whatever else happens there. */
import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sshArgv } from "../../../src/demo/ssh-client.ts";
import { type Stage, untilTrue } from "../stage.ts";
import { config, INTRUDERS, type Link, WitnessStage } from "./witness-stage.ts";

/** Other traffic of a healthy host. Each step is followed by failures that btmp and the log must agree on. */
const HEALTHY: Readonly<Record<string, (witness: WitnessStage) => Promise<unknown>>> = {
  "sshd reads its configuration again": (witness) => witness.setSshd("MaxAuthTries 4\n"),
  "rsyslogd restarts": (witness) => witness.startSyslog(),
  "the log is rotated": async (witness) => {
    renameSync(witness.stage.log, `${witness.stage.log}.1`);
    await witness.startSyslog();
  },
  "btmp is rotated": async (witness) => {
    await witness.guess();
    const { btmp } = witness;
    renameSync(btmp, `${btmp}.1`);
    writeFileSync(btmp, "", { mode: 0o660 });
  },
  "the daemon reloads": ({ stage }) => stage.bailiff("reload"),
  "the jail changes": async ({ stage }) => {
    stage.configure(config(stage.log).replace("maxretry = 100", "maxretry = 90"));
    assert.equal((await stage.bailiff("reload")).code, 0);
  },
  "the daemon restarts under attack": async (witness) => {
    const attack = witness.guess(3);
    await witness.stage.stop();
    await witness.startDaemon();
    await attack;
  },
  "logins with and without a terminal": async ({ stage }) => {
    for (const terminal of [[], ["-tt"]]) await connect(stage, "key", terminal);
  },
  "refused keys": async ({ stage }) => {
    for (let n = 0; n < 4; n++) await connect(stage, "host-key", []);
  },
  "names that do not exist": async ({ stage }) => {
    for (const from of INTRUDERS) await stage.lab.guess({ from, user: "nobody-here" });
  },
  "a scan": ({ stage }) =>
    stage.lab.run("intruder", ["python3", "-c", SCAN, INTRUDERS[0], stage.lab.host.ipv4]),
  "an exempt address": async ({ stage }) => {
    assert.equal((await stage.bailiff("allow", INTRUDERS[1])).code, 0);
    for (let n = 0; n < 4; n++) await stage.lab.guess({ from: INTRUDERS[1] });
  },
  "a self-test": ({ stage }) => stage.bailiff("verify", "sshd"),
};

/** $1: address, $2: target. Connections that end before a try, with and without a word. */
const SCAN = `
import socket, sys
for word in [b"", b"GET / HTTP/1.0\\r\\n\\r\\n", b"SSH-2.0-scan\\r\\n"] * 5:
    with socket.create_connection((sys.argv[2], 22), source_address=(sys.argv[1], 0)) as one:
        one.sendall(word)
`;

/** The visitor tries the key in this file of the lab. */
async function connect({ lab }: Stage, key: string, options: readonly string[]): Promise<void> {
  const { visitor, host, folder } = lab;
  const login = { kind: "key", path: join(folder, key) } as const;
  const ends = { from: visitor.ipv4, to: host.ipv4, port: 22, login };
  const [env, ...argv] = sshArgv({ enter: [], ssh: "ssh", ...ends });
  const at = argv.indexOf("ssh") + 1;
  await lab.run("visitor", [`${env}`, ...argv.toSpliced(at, 0, ...options), "true"]);
}

test("on a healthy host btmp never disagrees", async (context) => {
  await using witness = await WitnessStage.open();
  await witness.startDaemon();
  await witness.guess();
  const found = async (): Promise<readonly Link[]> =>
    (await witness.flow()).filter(({ verdict }) => verdict === "found");
  const began = performance.now();
  for (const [what, happen] of Object.entries(HEALTHY)) {
    await happen(witness);
    await witness.guess();
    assert.deepEqual(await found(), [], what);
  }
  // Until the daemon has looked at every record that may miss its line.
  const isDone = async (): Promise<boolean> => {
    assert.deepEqual(await found(), []);
    return performance.now() - began > 60_000;
  };
  const last = performance.now();
  await untilTrue(async () => (await isDone()) && performance.now() - last > 20_000, "all is due");
  const [, logins] = await witness.flow();
  context.diagnostic(logins?.evidence ?? "");
  assert.match(
    logins?.evidence ?? "",
    /^confirmed by btmp: (\d+) of \1 failed logins and 1 of 1 login in the last hour$/,
  );
  assert.deepEqual(witness.stage.events("jail-failed"), []);
});

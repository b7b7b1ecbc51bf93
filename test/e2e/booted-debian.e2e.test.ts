/**
 * The packaged unit on a really booted default Debian: it bans, keeps bans over a reboot, and reports when it is blind.
 */
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openJournald } from "../../src/source/journal/journald.fixture.ts";
import {
  bootDebian,
  CLIENT_ADDRESSES,
  type DebianMachine,
  MACHINE_ADDRESS,
  ROOT_PASSWORD,
} from "./boot-debian.ts";
import { untilTrue } from "./stage.ts";

const [ATTACKER, SECOND, FRIEND] = CLIENT_ADDRESSES;
const ENOUGH = 6;

let machine: DebianMachine;

before(async () => {
  machine = await bootDebian();
});

after(() => machine[Symbol.asyncDispose]());

/** Simultaneous logins with one password each; sshd has `patience` seconds to greet them. */
function logIn(from: string, { password = "wrong", times = 1, patience = 8 } = {}): string {
  const options = [
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    "LogLevel=ERROR",
    `ConnectTimeout=${patience}`,
    "NumberOfPasswordPrompts=1",
    "PreferredAuthentications=password",
  ].flatMap((option) => ["-o", option]);
  const once = '(sshpass -p "$PASSWORD" ssh "$@" || :) &';
  const script = `PASSWORD=$1; shift; ${Array.from({ length: times }, () => once).join(" ")} wait`;
  const ssh = [...options, "-b", from, `root@${MACHINE_ADDRESS}`, "echo welcome"];
  return machine.runOnClient("sh", "-c", script, "sh", password, ...ssh).output;
}

function says(...argv: readonly string[]): string {
  const { code, output } = machine.run(...argv);
  assert.equal(code, 0, `${argv.join(" ")}: ${output}`);
  return output;
}

function stateOf(): string {
  return /^sshd: (\w+)/m.exec(machine.run("bailiff", "status", "sshd").output)?.[1] ?? "unknown";
}

function untilBanned(address: string): Promise<void> {
  return untilTrue(
    () => machine.run("nft", "list", "set", "inet", "bailiff", "v4_32").output.includes(address),
    `${address} is banned`,
  );
}

test("an attacker over ssh is banned, and nobody else", async () => {
  await untilTrue(() => stateOf() === "protecting", "the jail protects");
  logIn(ATTACKER, { times: ENOUGH });
  await untilBanned(ATTACKER);
  assert.match(logIn(ATTACKER, { password: ROOT_PASSWORD, patience: 3 }), /timed out/);
  assert.match(logIn(FRIEND, { password: ROOT_PASSWORD, patience: 60 }), /welcome/);
  const doctor = says("bailiff", "doctor", "sshd");
  assert.match(doctor, /newest such entry of the journal \([^)]*\) was read/, doctor);
});

test("journals of other machines are not used for this one", async () => {
  const other = "0123456789abcdef0123456789abcdef";
  {
    await using journald = await openJournald({ machine: other });
    for (let n = 0; n < 20; n++)
      journald.logAs("sshd", "Failed password for root from 198.51.100.7 port 4 ssh2");
    cpSync(journald.directory, join(machine.root, "var/log/journal"), { recursive: true });
    const seen = says(
      "journalctl",
      "--merge",
      `_MACHINE_ID=${other}`,
      "_COMM=sshd",
      "--output=cat",
    );
    assert.match(seen, /198\.51\.100\.7/);
  }
  says("systemctl", "restart", "bailiff");
  logIn(SECOND);
  await untilTrue(
    () => /"failures": ?[1-9]/.test(machine.run("bailiff", "status", "sshd", "--json").output),
    "a failure after them was counted",
  );
  assert.doesNotMatch(says("bailiff", "bans"), /198\.51\.100\.7/);
});

/** Connects to sshd five times a second, and prints the time in seconds of each greeting. */
const KEEP_TRYING = `
import socket, sys, time
while True:
    time.sleep(0.2)
    try:
        with socket.create_connection((sys.argv[2], 22), 1, (sys.argv[1], 0)) as peer:
            peer.settimeout(1)
            if peer.recv(64).startswith(b"SSH-"): print(time.time(), flush=True)
    except OSError: pass
`;

test("after a reboot no packet of a banned address is answered, even before the daemon starts", async () => {
  const folder = "/etc/systemd/system/bailiff.service.d";
  const delay = "[Service]\\nExecStartPre=/bin/sleep 10\\n";
  says("sh", "-c", `mkdir -p ${folder}; printf '${delay}' > ${folder}/late.conf`);
  const answered = [ATTACKER, FRIEND].map((address) => {
    const trying = machine.startOnClient("python3", "-c", KEEP_TRYING, address, MACHINE_ADDRESS);
    const times: number[] = [];
    trying.stdout?.setEncoding("utf8").on("data", (text: string) => {
      times.push(...text.trim().split("\n").map(Number));
    });
    return { trying, times };
  });
  const [attacker, friend] = answered;
  const rebooted = Date.now() / 1000;
  await machine.reboot();
  await untilTrue(() => stateOf() === "protecting", "the jail protects");
  for (const { trying } of answered) trying.kill();
  const show = ["systemctl", "show", "bailiff", "--property=ExecMainStartTimestamp", "--value"];
  const started = Number(says("sh", "-c", `date +%s -d "$(${show.join(" ")})"`));
  const early = friend?.times.filter((time) => time > rebooted && time < started) ?? [];
  assert.ok(early.length > 0, "a friend is answered before the daemon starts");
  assert.deepEqual(attacker?.times, []);
  await untilBanned(ATTACKER);
});

test("a jail whose reader was stopped is blind, and loses no line", async () => {
  const readers = (signal: string): string => says("pkill", `-${signal}`, "-x", "journalctl");
  readers("STOP");
  logIn(SECOND, { times: ENOUGH });
  // Either connections without a line, or the comparison with the log, may be the first to find it blind.
  await untilTrue(
    () => machine.run("bailiff", "status", "sshd", "--json").output.includes('"lines-unread"'),
    "the jail is blind for lines that the reader did not deliver",
  );
  assert.equal(stateOf(), "blind");
  assert.notEqual(machine.run("bailiff", "status", "sshd", "--json").code, 0);
  readers("CONT");
  await untilBanned(SECOND);
  await untilTrue(() => stateOf() === "protecting", "it protects again");
});

test("a library that a minimal system lacks is named with its package", () => {
  const hide = "mkdir /root/hidden; mv /usr/lib/*-linux-gnu/libatomic.so.1* /root/hidden";
  const { code, output } = machine.run("sh", "-c", `${hide}; bailiff version`);
  assert.equal(code, 69);
  assert.match(output, /libatomic\.so\.1.*\n.*apt-get install libatomic1/);
});

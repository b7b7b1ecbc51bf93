/**
 * Ended connections to a real sshd, as reported by the kernel, are compared with sshd's lines. This needs no learned
 * rates, so a new installation detects a silent log within a minute.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openStage, type Stage, THREE_STRIKES, untilTrue } from "./stage.ts";

const INTRUDERS = ["192.0.2.21", "192.0.2.22", "192.0.2.23"] as const;

/** $1: address, $2: port. Each SYN is answered, and the answer reset by the kernel: no connection is ever established. */
const SEND_SYNS = `
import random, socket, struct, sys
source, target, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
raw.bind((source, 0))
for number in range(20):
    head = struct.pack("!HHLLBBHHH", 40000 + number, port, random.getrandbits(32), 0, 5 << 4, 2, 1024, 0, 0)
    pseudo = socket.inet_aton(source) + socket.inet_aton(target) + struct.pack("!BBH", 0, 6, len(head)) + head
    total = sum(struct.unpack("!%dH" % (len(pseudo) // 2), pseudo))
    total = (total >> 16) + (total & 0xffff)
    total = ~(total + (total >> 16)) & 0xffff
    raw.sendto(head[:16] + struct.pack("!H", total) + head[18:], (target, 0))
`;

let stage: Stage;

before(async () => {
  // No bans, because a banned address cannot establish a connection.
  stage = await openStage({
    sshd: "real",
    config: THREE_STRIKES.replace("maxretry = 3", "maxretry = 100"),
  });
  await stage.start();
});

after(() => stage[Symbol.asyncDispose]());

interface Flow {
  readonly verdict: string;
  readonly evidence: string;
  readonly cause: string | undefined;
}

async function flow(): Promise<Flow> {
  const { jails } = await stage.ask("doctor", {});
  const link = jails[0]?.links.find((one) => one.link === "flow");
  assert.ok(link !== undefined);
  return { verdict: link.verdict, evidence: link.evidence, cause: link.cause ?? undefined };
}

async function guessFromEach(): Promise<void> {
  for (const from of INTRUDERS)
    assert.equal((await stage.lab.guess({ from })).kind, "refused", from);
}

test("lines that account for each connection prove the flow, from the first connection on", async () => {
  await guessFromEach();
  await untilTrue(async () => (await flow()).verdict === "proven", "the flow is proven");
  const { evidence } = await flow();
  assert.match(evidence, /^confirmed by the kernel: the last connection to port 22 ended \d+s ago/);
});

test("connections that were never established need no line", async () => {
  const { lab } = stage;
  const sent = await lab.run("intruder", [
    ...["python3", "-c", SEND_SYNS],
    ...[INTRUDERS[0], lab.host.ipv4, "22"],
  ]);
  assert.ok(sent.ok, sent.ok ? "" : sent.error);
  // A later connection has ended and was logged: the kernel's reports come in order.
  await guessFromEach();
  await untilTrue(async () => /ended [1-5]s ago/.test((await flow()).evidence), "it was seen");
  assert.equal((await flow()).verdict, "proven");
});

test("a jail is blind within a minute after three connections of a service that stopped logging", async () => {
  const settings = join(stage.lab.folder, "sshd_config");
  appendFileSync(settings, "LogLevel QUIET\n");
  execFileSync("pkill", ["-HUP", "-f", settings]);
  await stage.lab.logLines?.until("Received SIGHUP");
  await untilTrue(
    async () => (await stage.lab.guess({ from: INTRUDERS[0] })).kind === "refused",
    "sshd listens again",
  );
  // The last line may be about connections that end just after it.
  const failing = stage.untilEvent("jail-failed", { cause: "connections-unlogged" });
  const ended = new AbortController();
  void failing.finally(() => ended.abort());
  while (!ended.signal.aborted) await guessFromEach();
  const failed = await failing;
  assert.equal(failed["state"], "blind");
  const { evidence } = await flow();
  assert.match(
    evidence,
    /^(at least )?\d+ connections to port 22 from (at least )?[123] address(es)? ended since \S+ without a line$/,
  );
});

test("lines of later connections prove the flow again", async () => {
  const settings = join(stage.lab.folder, "sshd_config");
  execFileSync("sed", ["-i", "/^LogLevel/d", settings]);
  execFileSync("pkill", ["-HUP", "-f", settings]);
  await untilTrue(
    async () => (await stage.lab.guess({ from: INTRUDERS[1] })).kind === "refused",
    "sshd listens again",
  );
  await untilTrue(async () => (await flow()).verdict === "proven", "the flow is proven");
});

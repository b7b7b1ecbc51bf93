/**
 * `bailiff verify` with a real sshd and a real firewall: it passes on a healthy host, and fails at the right step for
 * each broken link. It never bans anybody or counts as a failure.
 */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { LinkReply } from "../../src/control/link-messages.ts";
import type { VerifyReply } from "../../src/control/proof-messages.ts";
import { failedPassword, openStage, type Stage, THREE_STRIKES, untilTrue } from "./stage.ts";

const LINES = ["attempt", "arrive", "match", "count"];
const BANS = ["decide", "record", "enforce", "kernel", "drop", "lift"];

interface Verified {
  readonly code: number | NodeJS.Signals;
  readonly reply: VerifyReply;
}

async function verify(stage: Stage): Promise<Verified> {
  const { code, output } = await stage.bailiff("verify", "sshd", "--json");
  const [reply]: readonly VerifyReply[] = JSON.parse(output);
  assert.ok(reply !== undefined, output);
  return { code, reply };
}

function outcomes({ reply }: Verified): Readonly<Record<string, string>> {
  return Object.fromEntries(reply.steps.map(({ step, outcome }) => [step, outcome]));
}

/** Asserts that earlier steps are proven, later ones not reached, and the message has evidence and fix. */
function assertFailsAt(verified: Verified, step: string, evidence: RegExp): void {
  const all = [...LINES, ...BANS];
  const at = all.indexOf(step);
  const expected = all.map((name, i) => [
    name,
    i < at ? "proven" : i === at ? "failed" : "not-reached",
  ]);
  const shown = JSON.stringify(verified.reply, null, 1);
  assert.deepEqual(outcomes(verified), Object.fromEntries(expected), shown);
  assert.equal(verified.code, 1);
  assert.equal(verified.reply.outcome, "failed");
  const failed = verified.reply.steps[at];
  assert.match(failed?.evidence ?? "", evidence);
  assert.ok((failed?.fix ?? "") !== "", "it says what to do");
}

async function canaryLink(stage: Stage): Promise<LinkReply> {
  const { jails } = await stage.ask("doctor", {});
  const link = jails[0]?.links.find((one) => one.link === "canary");
  assert.ok(link !== undefined);
  return link;
}

async function stateOf(stage: Stage): Promise<readonly unknown[]> {
  const { jails } = await stage.ask("status", {});
  return [jails[0]?.state, jails[0]?.cause];
}

/** Asserts that a self-test leaves no ban and no failure. */
async function assertHarmless(stage: Stage): Promise<void> {
  assert.deepEqual(await stage.bans(), []);
  assert.deepEqual(await stage.blocked(), []);
  assert.deepEqual(await stage.ask("history", { limit: 100 }), []);
  const status = await stage.ask("status", {});
  assert.deepEqual(
    status.jails.map(({ failures, tracked, banned }) => ({ failures, tracked, banned })),
    [{ failures: 0, tracked: 0, banned: 0 }],
  );
  for (const name of ["failure", "ban", "unban", "ignored"])
    assert.deepEqual(stage.events(name), [], name);
}

describe("a healthy host", () => {
  let stage: Stage;
  before(async () => {
    // Without the usual exemption of loopback.
    stage = await openStage({
      sshd: "real",
      config: '[defaults]\nignoreip = []\nmaxretry = 1\ncanary = "0s"\n\n[jails.sshd]\n',
    });
    await stage.start();
  });
  after(() => stage[Symbol.asyncDispose]());

  test("every step is proven, as text and as JSON", async (context) => {
    const { code, output } = await stage.bailiff("verify");
    assert.equal(code, 0, output);
    assert.match(output, /^sshd: proven end to end in /);
    const verified = await verify(stage);
    assert.equal(verified.code, 0);
    const shown = JSON.stringify(verified.reply);
    assert.ok(
      [...LINES, ...BANS].every((step) => outcomes(verified)[step] === "proven"),
      shown,
    );
    context.diagnostic(`verify sshd: ${verified.reply.took_ms} ms`);
    assert.match(shown, /from 198\.51\.100\.\d+ to 127\.0\.0\.1 was dropped/);
    assert.match(shown, /from 2001:db8:ca:[\da-f:]+ to ::1 was dropped/);
    await stage.untilEvent("canary-passed", { jail: "sshd", who: "root (uid 0)" });
  });

  test("a self-test counts no failure and bans nobody, with maxretry 1 and an empty allow-list", async () => {
    await assertHarmless(stage);
    const audit = await stage.ask("audit", { limit: 100 });
    const selfTests = audit.filter(({ who }) => who === "daemon (canary)");
    assert.deepEqual(new Set(selfTests.map(({ action }) => action)), new Set(["ban", "unban"]));
    assert.ok(
      selfTests.every(({ subject }) => /^(198\.51\.100\.|2001:db8:ca:)/.test(subject ?? "")),
    );
  });

  test("doctor shows the self-test as a proof", async () => {
    assert.equal((await canaryLink(stage)).verdict, "proven");
    const { jails } = await stage.ask("status", {});
    assert.equal(jails[0]?.state, "protecting");
  });

  test("an unknown jail is reported", async () => {
    const { code, output } = await stage.bailiff("verify", "sshq");
    assert.equal(code, 64);
    assert.match(output, /unknown jail "sshq"/);
  });

  test("simultaneous self-tests run one at a time, and too many are refused", async () => {
    const calls = Array.from({ length: 10 }, () =>
      stage.ask("verify", { jail: "sshd" }).then(
        ({ outcome }) => outcome,
        (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
      ),
    );
    const results = await Promise.all(calls);
    assert.deepEqual(results.map(String).toSorted(), [
      "busy",
      "busy",
      ...Array.from({ length: 8 }, () => "proven"),
    ]);
    await assertHarmless(stage);
  });
});

describe("a link is cut", () => {
  let stage: Stage;
  const filters = (): string => join(stage.lab.folder, "filters");
  before(async () => {
    stage = await openStage({ sshd: "real", config: quiet() });
    await stage.start();
  });
  after(() => stage[Symbol.asyncDispose]());

  /** Turns off scheduled self-tests. */
  function quiet(more = ""): string {
    return more + THREE_STRIKES.replace("[defaults]", '[defaults]\ncanary = "0s"');
  }

  async function withFilter(rule: string, work: () => Promise<void>): Promise<void> {
    mkdirSync(filters(), { recursive: true });
    writeFileSync(
      join(filters(), "sshd.toml"),
      `name = "sshd"\nprograms = ["sshd", "sshd-session"]\nports = ["ssh"]\ncanary = "ssh"\n${rule}\n`,
    );
    stage.configure(quiet(`[filters]\ndirectories = [${JSON.stringify(filters())}]\n\n`));
    await stage.ask("reload", {});
    await work();
    rmSync(filters(), { recursive: true });
    stage.configure(quiet());
    await stage.ask("reload", {});
  }

  test("without a writer of the log, the line does not arrive", async () => {
    stage.lab.logLines?.kill("SIGSTOP");
    const verified = await verify(stage);
    assertFailsAt(verified, "arrive", /no line with bailiff-canary-\w+ came from .*auth\.log/);
    assert.deepEqual(await stateOf(stage), ["degraded", "canary-failed"]);
    const doctor = await stage.bailiff("doctor");
    assert.equal(doctor.code, 1);
    assert.match(
      doctor.output,
      /✗ canary +the self-test failed at [^✗]*\(will\s+be\s+retried\s+within\s+a\s+minute\)/,
    );
    assert.doesNotMatch(doctor.output, /checks passed/);
    assertFailsAt(await verify(stage), "arrive", /no line with bailiff-canary/);
    stage.lab.logLines?.kill("SIGCONT");
    assert.deepEqual(await stateOf(stage), ["blind", "canary-unseen"]);
  });

  test("without a rule for it, the line does not match", async () => {
    await withFilter(
      '[[rule]]\nid = "other"\nis = "failure"\nline = "no such thing from {ip}"',
      async () => assertFailsAt(await verify(stage), "match", /no rule of filter sshd matches it/),
    );
  });

  test("with a rule that is not a failure, the line does not count", async () => {
    const rule =
      '[[rule]]\nid = "seen"\nis = "pending"\nline = "Invalid user {user:name} from {ip} port {port}"';
    await withFilter(rule, async () =>
      assertFailsAt(await verify(stage), "count", /only recognized by seen \(pending\)/),
    );
  });

  test("a rule that matches only the first line is reported beside the proof", async () => {
    const rule =
      '[[rule]]\nid = "seen"\nis = "failure"\nline = "Invalid user {user:name} from {ip} port {port}"';
    await withFilter(rule, async () => {
      let evidence = "";
      // The first line is enough for the proof, so a self-test under load can end before the others are read.
      for (let run = 0; run < 10 && !evidence.includes("no rule recognizes"); run++) {
        const { reply } = await verify(stage);
        assert.equal(reply.outcome, "proven");
        evidence = reply.steps.find(({ step }) => step === "match")?.evidence ?? "";
      }
      assert.match(evidence, /no rule recognizes \d of its \d lines: .*Failed password/);
    });
  });

  test("if another firewall rewrites addresses before ours, nothing is dropped", async () => {
    const nft = (rules: string) => stage.lab.run("host", ["/usr/sbin/nft", "-f", "-"], rules);
    await nft(
      `table inet other {\n chain before {\n  type filter hook prerouting priority -350;\n` +
        `  ip saddr 198.51.100.128/25 ip saddr set 203.0.113.99\n }\n}\n`,
    );
    const passed = /a packet from 198\.51\.100\.\d+ to 127\.0\.0\.1 was not dropped/;
    assertFailsAt(await verify(stage), "drop", passed);
    assert.deepEqual(await stateOf(stage), ["degraded", "canary-failed"]);
    assertFailsAt(await verify(stage), "drop", passed);
    await nft("delete table inet other\n");
    assert.deepEqual(await stateOf(stage), ["toothless", "canary-undropped"]);
    await assertHarmless(stage);
  });

  for (const ports of ["[2022]", '["2022/tcp", "22/udp"]'])
    test(`if the jail closes ${ports}, a ban does not close the tested port`, async () => {
      stage.configure(`${quiet()}ports = ${ports}\n`);
      await stage.ask("reload", {});
      const verified = await verify(stage);
      assertFailsAt(verified, "drop", /the service answered on port 22, but a ban closes only .*/);
      const drop = verified.reply.steps.find(({ step }) => step === "drop");
      assert.match(drop?.evidence ?? "", /a packet to that port was not dropped$/);
      assert.match(drop?.fix ?? "", /ports = \[22, .*2022.*\]/);
      stage.configure(`${quiet()}ports = [22, 2022]\n`);
      await stage.ask("reload", {});
      assert.equal((await verify(stage)).reply.outcome, "proven");
      stage.configure(quiet());
      await stage.ask("reload", {});
    });

  test("a program that flushes our sets continuously is reported", async () => {
    // Two programs at the same time, so that there is no pause between flushes.
    const flush = 'yes "flush set inet bailiff v4_32" | /usr/sbin/nft -i > /dev/null 2>&1';
    const floods = [1, 2].map(() => stage.lab.start("host", ["/bin/sh", "-c", flush]));
    let failed: VerifyReply["steps"][number] | undefined;
    for (let tries = 0; tries < 50 && failed === undefined; tries++) {
      const { reply } = await verify(stage);
      failed = reply.steps.find(({ outcome }) => outcome === "failed");
    }
    for (const flood of floods) flood.kill("SIGKILL");
    await Promise.all(floods.map(({ ended }) => ended));
    assert.ok(failed !== undefined, "it is noticed within fifty self-tests");
    assert.ok(["enforce", "kernel", "drop"].includes(failed.step), JSON.stringify(failed));
    await untilTrue(async () => (await stage.blocked()).length === 0, "nothing is left");
    assert.deepEqual(await stage.bans(), []);
  });

  test("after the faults are fixed, the self-test passes and the state changes immediately", async () => {
    const verified = await verify(stage);
    assert.equal(verified.code, 0, JSON.stringify(verified.reply));
    assert.equal((await canaryLink(stage)).verdict, "proven");
  });

  test("an intruder with a canary's name is banned like any other", async () => {
    const from = "192.0.2.7";
    assert.equal((await stage.lab.guess({ from, user: "bailiff-canary-" })).kind, "refused");
    // Written directly, because a banned client would wait for an answer that is dropped.
    for (const user of [
      "bailiff-canary-abcdefghijabcdefghij",
      "bailiff-canary-klmnopqrstklmnopqrst",
    ])
      stage.write(failedPassword(from, { user }));
    await stage.untilEvent("ban", { ip: from });
    await stage.untilBlocked(from);
  });

  test("with sshd stopped, connecting fails", async () => {
    const pid = /sshd\[(\d+)\]: Server listening/.exec(readFileSync(stage.log, "utf8"))?.[1];
    process.kill(Number(pid), "SIGTERM");
    await stage.lab.logLines?.until("Received signal 15");
    assertFailsAt(
      await verify(stage),
      "attempt",
      /cannot reach sshd: no process is listening on port 22 in this network namespace/,
    );
    assert.equal((await canaryLink(stage)).cause, "canary-failed");
  });
});

describe("with missing permissions", () => {
  test("without CAP_NET_RAW no packet can be sent, which is reported and not a failure", async () => {
    await using stage = await openStage({ sshd: "real" });
    await stage.start({ through: ["/usr/bin/setpriv", "--bounding-set=-net_raw"] });
    const verified = await verify(stage);
    const { drop, ...rest } = outcomes(verified);
    assert.equal(drop, "impossible", JSON.stringify(verified.reply));
    assert.ok(Object.values(rest).every((outcome) => outcome === "proven"));
    assert.equal(verified.code, 69);
    assert.equal(verified.reply.outcome, "partly");
    const link = await canaryLink(stage);
    assert.equal(link.verdict, "unproven");
    assert.match(link.evidence, /CAP_NET_RAW is missing/);
  });

  test("a jail that only observes is tested up to the recorded ban", async () => {
    await using stage = await openStage({
      sshd: "real",
      config: '[jails.sshd]\nenforcer = "memory"\n',
    });
    await stage.start();
    const verified = await verify(stage);
    for (const step of ["enforce", "kernel", "drop"])
      assert.equal(outcomes(verified)[step], "impossible");
    for (const step of [...LINES, "decide", "record", "lift"])
      assert.equal(outcomes(verified)[step], "proven", JSON.stringify(verified.reply));
    await assertHarmless(stage);
  });

  test("with a full database, the self-test fails at recording the ban", async () => {
    await using stage = await openStage({ sshd: "real" });
    const script = 'mount -t tmpfs -o size=1m tmpfs "$1" && shift && exec "$@"';
    await stage.start({
      through: ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh", stage.state],
    });
    const disk = join(`/proc/${stage.daemon.pid}/root`, stage.state);
    fill(disk);
    // The first writes may still fit into free pages of the database.
    let verified = await verify(stage);
    for (let i = 0; i < 20 && verified.reply.outcome === "proven"; i++)
      verified = await verify(stage);
    assertFailsAt(
      verified,
      "record",
      /only in memory, the database does not accept writes: .*full/,
    );
    for (const name of readdirSync(disk).filter((entry) => entry.startsWith("ballast")))
      rmSync(join(disk, name));
    await stage.untilEvent("record-recovered");
    assert.equal((await verify(stage)).code, 0);
    assert.deepEqual(await stage.bans(), []);
  });
});

function fill(disk: string): void {
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

/** Kills the daemon when the kernel has a ban of a self-test; returns those that are left. */
async function killDuringSelfTest(stage: Stage): ReturnType<Stage["lab"]["elements"]> {
  await using monitor = stage.lab.start("host", ["/usr/sbin/nft", "monitor", "elements"]);
  const asked = stage.ask("verify", { jail: "sshd" }).catch(() => undefined);
  const added = await monitor.until(/add element inet bailiff v4_32 \{ 198\.51\.100\./);
  assert.ok(added !== undefined);
  stage.daemon.kill("SIGKILL");
  await Promise.all([stage.daemon.ended, asked]);
  return (await stage.lab.elements()).filter(({ address }) => /^(198|2001)/.test(address));
}

test("a kill during a self-test leaves a ban of a reserved address for at most a minute", async () => {
  await using stage = await openStage({ sshd: "real" });
  await stage.start();
  // The packet is not dropped, so the ban of the self-test exists while the daemon waits for the drop.
  await stage.lab.run(
    "host",
    ["/usr/sbin/nft", "-f", "-"],
    `table inet other {\n chain before {\n  type filter hook prerouting priority -350;\n` +
      `  ip saddr 198.51.100.128/25 ip saddr set 203.0.113.99\n }\n}\n`,
  );
  let left = await killDuringSelfTest(stage);
  // A busy machine may report the element after the self-test has ended.
  for (let n = 0; n < 5 && left.length === 0; n++) {
    await stage.start();
    left = await killDuringSelfTest(stage);
  }
  assert.equal(left.length, 2);
  assert.ok(
    left.every(({ expires }) => (expires ?? 1e9) <= 65),
    JSON.stringify(left),
  );
  await stage.start();
  const bans = await stage.bans();
  assert.deepEqual(
    bans.map(({ origin }) => origin),
    ["canary", "canary"],
  );
  assert.ok(bans.every(({ until }) => Date.parse(until ?? "") <= Date.now() + 60_000));
  assert.deepEqual(await stage.ask("history", { limit: 10 }), []);
  const { jails } = await stage.ask("status", {});
  assert.equal(jails[0]?.failures, 0, "lines of the self-test that are read again do not count");
});

test("self-tests run on a schedule, and the last proof is kept over a restart", async () => {
  await using stage = await openStage({
    sshd: "real",
    config: '[defaults]\ncanary = "5s"\n\n[jails.sshd]\n',
  });
  await stage.start();
  await stage.untilEvent("canary-passed", { jail: "sshd", who: "daemon" });
  await stage.stop();
  await stage.start();
  assert.equal((await canaryLink(stage)).verdict, "proven");
});

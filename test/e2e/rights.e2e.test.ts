/** Messages of a daemon without permission to ban, or without any log. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { failures, openStage, type Stage, untilTrue } from "./stage.ts";

const NOBODY = 65_534;
const AS_NOBODY = [
  "/usr/bin/setpriv",
  `--reuid=${NOBODY}`,
  `--regid=${NOBODY}`,
  "--clear-groups",
  "--bounding-set=-all",
];

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "none" });
  chmodSync(stage.lab.folder, 0o1777);
  chmodSync(stage.log, 0o644);
});

after(() => stage[Symbol.asyncDispose]());

/** Gives the state folder to the user: root refuses state of other users, and neither may write the other's files. */
function giveState(owner: number): void {
  for (const path of [stage.socket, `${stage.socket}.lock`]) rmSync(path, { force: true });
  execFileSync("chown", ["-R", String(owner), stage.state]);
}

test("without permission to ban it only observes, warns, and never claims a ban", async () => {
  giveState(NOBODY);
  await stage.start({ through: AS_NOBODY });
  const missing = await stage.untilEvent("firewall-unavailable");
  assert.match(String(missing["reason"]), /root|CAP_NET_ADMIN|right/i);
  stage.write(failures("192.0.2.7", 3));
  await stage.untilEvent("ban", { ip: "192.0.2.7" });
  assert.deepEqual(
    (await stage.bans()).map(({ subject, state }) => ({ subject, state })),
    [{ subject: "192.0.2.7", state: "pending" }],
  );
  const status = await stage.bailiff("status");
  assert.equal(status.code, 1, status.output);
  assert.match(status.output, /toothless/);
  assert.match(
    status.output,
    /NOTHING is dropped[^]*\n {2}to do: run it as root or with CAP_NET_ADMIN/,
  );
  const [jail] = (await stage.ask("doctor", {})).jails;
  const causes = jail?.links.flatMap(({ link, cause }) => (link === "firewall" ? [cause] : []));
  assert.deepEqual(causes, ["no-capability"], "one cause is one entry");
  assert.deepEqual(await stage.blocked(), []);
  await stage.stop();
});

/** Starts the daemon without these files of the host. */
async function startWithout(...patterns: readonly string[]): Promise<void> {
  giveState(0);
  const hide = `for path in ${patterns.join(" ")}; do mount --bind /dev/null "$path"; done; exec "$@"`;
  await stage.start({ through: ["unshare", "--mount", "sh", "-c", hide, "sh"] });
}

const NFTABLES = ["/usr/sbin/nft", "/usr/lib/*/libnftables.so*"];

test("without library and program of nftables, bans are in iptables", async () => {
  await startWithout(...NFTABLES);
  await stage.bailiff("ban", "192.0.2.8");
  await untilTrue(
    async () =>
      (await stage.bans()).some((ban) => ban.subject === "192.0.2.8" && ban.state === "enforced"),
    "the ban is enforced",
  );
  assert.match((await stage.bailiff("status")).output, /iptables drops packets/);
  const rules = await stage.lab.run("host", ["/usr/sbin/iptables", "-S"]);
  assert.match(rules.ok ? rules.output : rules.error, /-A INPUT -j bailiff$/m);
  await stage.bailiff("unban", "192.0.2.8");
  await stage.stop();
});

test("without nftables and iptables, jails are toothless, with the reason", async () => {
  await startWithout(...NFTABLES, "/usr/sbin/xtables-*-multi");
  const failed = await stage.untilEvent("jail-failed", { cause: "firewall-missing" });
  assert.equal(failed["state"], "toothless");
  assert.match(String(failed["reason"]), /nft/);
  await stage.stop();
});

test("at a terminal a start without permission shows a highlighted warning", async () => {
  giveState(NOBODY);
  writeFileSync(
    join(stage.lab.folder, "text.toml"),
    `[daemon]\nstate = ${JSON.stringify(stage.state)}\nsocket = ${JSON.stringify(stage.socket)}\n[jails.sshd]\nsource = { file = [${JSON.stringify(stage.log)}] }\n`,
  );
  const daemon = stage.lab.startDaemon({
    config: join(stage.lab.folder, "text.toml"),
    through: AS_NOBODY,
  });
  assert.ok((await daemon.until("NOTHING IS BANNED")) !== undefined, daemon.lines.join("\n"));
  stage.write(failures("192.0.2.77", 5));
  assert.ok((await daemon.until(/would ban 192\.0\.2\.77/)) !== undefined, daemon.lines.join("\n"));
  const status = await stage.bailiff("status");
  assert.match(status.output, /WOULD BAN/);
  assert.doesNotMatch(status.output, /BANNED/);
  const why = await stage.bailiff("why", "192.0.2.77");
  assert.match(why.output, /banned by sshd .*, observed only: nothing is dropped/);
  const stopped = await stage.bailiff("stop");
  assert.match(stopped.output, /it only observed, nothing was dropped/);
  await daemon.ended;
  const said = daemon.lines.join("\n");
  assert.match(said, /daemon stopping .*nothing was dropped/);
  assert.doesNotMatch(said, /\bBAN /, said);
  assert.doesNotMatch(said, /bans stay/);
  assert.doesNotMatch(said, /^Operation not permitted/m, "nft says nothing by itself");
});

test("without any log it reports where it searched and what to do, and begins when a log appears", async () => {
  giveState(0);
  const root = join(stage.lab.folder, "empty");
  for (const folder of ["log", "run"]) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(
    join(stage.lab.folder, "bare.toml"),
    `[daemon]\nstate = ${JSON.stringify(`${stage.state}2`)}\nsocket = ${JSON.stringify(stage.socket)}\n`,
  );
  const script =
    'mount --bind "$1/log" /var/log && mount --bind "$1/run" /run && shift && exec "$@"';
  const daemon = stage.lab.startDaemon({
    config: join(stage.lab.folder, "bare.toml"),
    through: ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh", root],
  });
  assert.ok((await daemon.until("bailiff demo")) !== undefined, daemon.lines.join("\n"));
  const looked = await daemon.until("/var/log/auth.log");
  assert.match(looked ?? daemon.lines.join("\n"), /journal/);
  writeFileSync(join(root, "log/auth.log"), `${failures("192.0.2.9", 5).join("\n")}\n`);
  assert.ok((await daemon.until("BAN", { limit: 180_000 })) !== undefined, daemon.lines.join("\n"));
  await untilTrue(async () => (await stage.blocked()).includes("192.0.2.9"), "it is blocked");
});

/**
 * `bailiff assess` on three real hosts, each a separate box: network, processes and mounts are separate, with a real
 * sshd, its settings, four weeks of logs as logrotate leaves them, accounts, and a packet filter.
 */
import assert from "node:assert/strict";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { runProgram } from "../../src/host/process/run-program.ts";
import { differenceOf, shownFor } from "../docs/page-steps.ts";
import { failedPassword, logLine, openStage, type Stage } from "./stage.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const DAY = 86_400_000;

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "none" });
});

after(() => stage[Symbol.asyncDispose]());

/**
 * $1: a folder whose "etc" and "log" replace those files of the machine that assess reads. /run is empty; the script
 * "start" starts programs. Everything ends with the command.
 */
const BOX = `set -e
box="$1"; shift
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/sshd
mount --bind "$box/log" /var/log
for name in ssh pam.d systemd rsyslog.d; do
  mkdir -p "/etc/$name" "$box/etc/$name" && mount --bind "$box/etc/$name" "/etc/$name"
done
for name in passwd shadow group; do mount --bind "$box/etc/$name" "/etc/$name"; done
nft flush ruleset
if test -e "$box/rules.nft"; then nft -f "$box/rules.nft"; fi
. "$box/start"
exec "$@"`;

/** Starts sshd, and runs the rest when it listens. */
const START_SSHD = `test -e /etc/ssh/host-key || ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/host-key
/usr/sbin/sshd -D -e 2>/run/sshd.log &
for try in $(seq 2400); do
  if grep -q ":0016 " /proc/net/tcp; then break; fi
  sleep 0.05
done
`;

/** Stores the output for review if ASSESS_TEXTS names a folder. */
function keep(name: string, text: string): void {
  const folder = process.env["ASSESS_TEXTS"];
  if (folder !== undefined) writeFileSync(join(folder, `assess-${name}.txt`), text);
}

interface Host {
  readonly name: string;
  readonly sshd?: string;
  readonly start?: string;
  readonly rules?: string;
  readonly files?: Readonly<Record<string, string>>;
}

const ACCOUNTS = ["alice", "bob", "carol"];

function makeBox({ name, sshd, start = "", rules, files = {} }: Host): string {
  const box = join(stage.lab.folder, name);
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(box, path)), { recursive: true });
    writeFileSync(join(box, path), text);
  };
  mkdirSync(join(box, "log"), { recursive: true });
  const people = ACCOUNTS.map((account, i) => `${account}:x:${1001 + i}:1001::/:/bin/sh\n`);
  const machine = readFileSync("/etc/passwd", "utf8").replace(
    /^root:.*$/m,
    "root:x:0:0::/root:/bin/sh",
  );
  put("etc/passwd", machine + people.join(""));
  put("etc/shadow", ["root", ...ACCOUNTS].map((one) => `${one}:*:20000::::::\n`).join(""));
  put(
    "etc/group",
    `${readFileSync("/etc/group", "utf8").replace(/^sudo:.*\n/m, "")}sudo:x:27:alice\n`,
  );
  put("etc/pam.d/sshd", "auth required pam_unix.so\n");
  for (const [path, text] of Object.entries(files)) put(path, text);
  if (sshd !== undefined) put("etc/ssh/sshd_config", `HostKey /etc/ssh/host-key\n${sshd}`);
  if (rules !== undefined) put("rules.nft", rules);
  put("start", `${sshd === undefined ? "" : START_SSHD}${start}`);
  return box;
}

interface Answer {
  readonly judgment: {
    readonly verdict: string;
    readonly certainty: string;
    readonly reasons: readonly string[];
    readonly unknown: readonly string[];
  };
  readonly findings: readonly {
    readonly id: string;
    readonly mark: string;
    readonly answer: string;
    readonly evidence: readonly string[];
  }[];
  readonly changes: readonly { readonly what: string; readonly how: readonly string[] }[];
}

async function run(
  box: string,
  ...args: readonly string[]
): Promise<{ ok: boolean; text: string }> {
  const inBox = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"];
  const asked = ["env", "SSH_CONNECTION=198.51.100.20 50022 203.0.113.1 22"];
  const { ok, output, error } = await stage.lab.run("host", [
    ...inBox,
    ...["/bin/sh", "-c", BOX, "sh", box, ...asked, process.execPath, MAIN, "assess", ...args],
  ]);
  assert.match(error, /^(?:exit code 1)?$/, output);
  return { ok, text: output };
}

async function assess(box: string): Promise<{ answer: Answer; text: string; ok: boolean }> {
  const { text, ok } = await run(box);
  const answer: Answer = JSON.parse((await run(box, "--json")).text);
  return { answer, text, ok };
}

function find({ findings }: Answer, id: string): Answer["findings"][number] {
  const found = findings.find((finding) => finding.id === id);
  assert.ok(found !== undefined, `${id} is among ${findings.map((one) => one.id).join(", ")}`);
  return found;
}

/** Lines of 27 days, in four files as logrotate leaves them after a week each. */
function writeLog(box: string, linesOf: (daysAgo: number) => readonly string[]): void {
  const now = Date.now();
  for (let week = 3; week >= 0; week--) {
    const lines: string[] = [];
    for (let daysAgo = week * 7 + 6; daysAgo >= week * 7; daysAgo--)
      lines.push(...linesOf(daysAgo));
    const text = `${lines.join("\n")}\n`;
    const name = ["auth.log", "auth.log.1", "auth.log.2.gz", "auth.log.3.gz"][week] ?? "";
    const path = join(box, "log", name);
    writeFileSync(path, name.endsWith(".gz") ? gzipSync(text) : text);
    const changed = new Date(now - week * 7 * DAY);
    utimesSync(path, changed, changed);
  }
}

/** Each day ten addresses make 60 attempts each within minutes, and 20 others of one network two each. */
function guessing(daysAgo: number): readonly string[] {
  const start = Date.now() - daysAgo * DAY - 2 * 3_600_000;
  const loud = Array.from({ length: 600 }, (_, i) =>
    failedPassword(`192.0.2.${1 + (i % 10) + (daysAgo % 3) * 10}`, {
      user: i % 2 === 0 ? "root" : "invalid",
      at: new Date(start + i * 1000),
    }),
  );
  const quiet = Array.from({ length: 40 }, (_, i) =>
    failedPassword(`198.51.100.${daysAgo * 8 + (i % 20)}`, {
      user: "alice",
      at: new Date(start + 700_000 + i * 60_000),
    }),
  );
  return [...loud, ...quiet];
}

function login(account: string, from: string, daysAgo: number, method = "publickey"): string {
  const key = method === "publickey" ? ": ED25519 SHA256:abc" : "";
  return logLine(`Accepted ${method} for ${account} from ${from} port 50022 ssh2${key}`, {
    at: new Date(Date.now() - daysAgo * DAY - 3_600_000),
  });
}

test("a healthy host with key logins and remote logs is a low risk, with its evidence", async () => {
  const box = makeBox({
    name: "healthy",
    sshd: "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin no\nUsePAM yes\n",
    start: "mkdir -p /run/systemd/system\n/var/log/filebeat 600 &\n",
    rules:
      "table inet filter {\n chain input {\n type filter hook input priority 0; policy drop;\n ct state established,related accept\n tcp dport 22 accept\n }\n}\n",
    files: {
      "etc/systemd/system/bailiff.service": "[Unit]\n",
      "etc/systemd/system/multi-user.target.wants/bailiff.service": "[Unit]\n",
    },
  });
  copyFileSync("/usr/bin/sleep", join(box, "log/filebeat"));
  chmodSync(join(box, "log/filebeat"), 0o755);
  writeLog(box, (daysAgo) => [...guessing(daysAgo), login("alice", "203.0.113.77", daysAgo)]);
  const { answer, text, ok } = await assess(box);
  keep("healthy", text);
  assert.ok(ok);
  assert.equal(answer.judgment.verdict, "mostly-hygiene");
  assert.equal(answer.judgment.certainty, "sure");
  assert.match(answer.judgment.reasons.join(), /keys only/);
  assert.equal(find(answer, "passwords").mark, "good");
  assert.match(find(answer, "reach").evidence.join(), /policy drop.*accepts port 22/);
  assert.equal(find(answer, "logs").mark, "good");
  assert.match(find(answer, "logs").answer, /filebeat/);
  assert.equal(find(answer, "reboot").mark, "good");
  assert.match(find(answer, "attacks").answer, /^17,920 failed attempts/);
  const only = answer.changes.find(({ what }) => what.startsWith("Let only your own networks"));
  assert.match(only?.how.join() ?? "", /203\.0\.113\.0\/24, 198\.51\.100\.20 '\}' drop/, "you too");
  assert.ok(text.split("\n").length <= 62, text);
});

test("a host with password logins, weeks of attacks and a guessed password is a high risk, with advice", async () => {
  const box = makeBox({
    name: "risky",
    sshd: "PasswordAuthentication yes\nKbdInteractiveAuthentication no\nPermitRootLogin yes\nUsePAM yes\nMatch User carol\n  PasswordAuthentication no\n",
    start: "mkdir -p /run/systemd/system /run/systemd/journal\n",
  });
  const hash = "$y$j9T$SALTSALT$NOTAREALHASHNOTAREALHASH";
  writeFileSync(
    join(box, "etc/shadow"),
    `root:${hash}:20000::::::\nalice:${hash}:20000::::::\nbob:${hash}:20000::::::\ncarol:*:20000::::::\n`,
  );
  const secret = "hunter2-typed-as-name";
  writeLog(box, (daysAgo) => [
    ...guessing(daysAgo),
    login("alice", "203.0.113.77", daysAgo),
    login("bob", "203.0.113.77", daysAgo, "password"),
    login("carol", "203.0.113.77", daysAgo),
    failedPassword("203.0.113.77", { user: secret, at: new Date(Date.now() - daysAgo * DAY) }),
    ...(daysAgo === 2 ? [login("bob", "192.0.2.21", daysAgo, "password")] : []),
  ]);
  const { answer, text, ok } = await assess(box);
  keep("broken", text);
  const output = text.replaceAll(join(import.meta.dirname, "../.."), "/opt/bailiff");
  assert.equal(differenceOf(shownFor("docs/install.md", "bailiff assess"), output), undefined);
  assert.ok(ok);
  assert.equal(answer.judgment.verdict, "reduces-real-risk");
  assert.equal(answer.judgment.certainty, "sure");
  const passwords = find(answer, "passwords");
  assert.equal(passwords.mark, "bad");
  assert.match(passwords.answer, /every account but carol: 3 accounts have a password/);
  assert.equal(find(answer, "root").mark, "bad");
  assert.match(find(answer, "reach").answer, /public addresses reached it/);
  const [, refused, all] = /^([\d,]+) of ([\d,]+) /.exec(find(answer, "stopped").answer) ?? [];
  const [stopped, attempts] = [refused, all].map((text) => Number(text?.replaceAll(",", "")));
  assert.equal(attempts, 17_948);
  // Addresses with 60 attempts are banned after five, for longer than their ten minutes.
  assert.ok(stopped !== undefined && stopped > 14_000 && stopped < 16_800, String(stopped));
  assert.match(
    find(answer, "slow").evidence.join(),
    /198\.51\.100\.0\/24: 1,120 from \d+ addresses/,
  );
  assert.match(find(answer, "slow").evidence.join(), /account alice: \d+ addresses/);
  assert.match(find(answer, "shared").evidence.join(), /203\.0\.113\.77 \(3 accounts\)/);
  assert.equal(find(answer, "logins").mark, "bad");
  assert.match(find(answer, "logins").evidence.join(), /192\.0\.2\.21 after \d+ failures.*as bob/);
  assert.equal(find(answer, "logs").mark, "bad");
  assert.match(find(answer, "unban").evidence.join(), /198\.51\.100\.20 is not exempt/);
  assert.equal(answer.changes.length, 3);
  assert.deepEqual(
    answer.changes.map(({ what }) => what),
    ["Find out who logged in after many failures", "Turn off password login", "Run bailiff"],
  );
  const said = text + JSON.stringify(answer);
  assert.ok(!said.includes(secret), "a name that failed is not printed");
  assert.ok(!said.includes("invalid user"), "nor any line of the log");
  assert.ok(!said.includes(hash), "nor a hash");
  assert.ok(text.split("\n").length <= 62, text);
});

test("an empty host without sshd and logs needs no daemon, and no facts are invented", async () => {
  const { answer, text, ok } = await assess(makeBox({ name: "empty" }));
  keep("empty", text);
  assert.ok(ok);
  assert.equal(answer.judgment.verdict, "not-needed");
  assert.match(answer.judgment.reasons.join(), /no process is listening for SSH/);
  assert.match(find(answer, "attacks").answer, /no log of sshd/);
  assert.equal(find(answer, "reboot").mark, "unknown");
  assert.ok(!/log ?in password/i.test(answer.changes.map(({ what }) => what).join()));
  assert.ok(text.split("\n").length <= 62, text);
});

test("a program that bans in another network namespace is not reported as a second one", async () => {
  const program = "cp /bin/sleep /run/fail2ban-server; cp /bin/sleep /run/firewalld\n";
  const start = (how: string): string =>
    `${program}for name in fail2ban-server firewalld; do ${how} /run/$name 60 & done\n`;
  const apart = await assess(makeBox({ name: "apart", start: start("unshare --net") }));
  assert.doesNotMatch(find(apart.answer, "firewall").answer, /bans here as well/);
  assert.doesNotMatch(find(apart.answer, "firewall").evidence.join(), /firewalld/);
  assert.ok(!apart.text.includes("systemctl disable"), apart.text);
  const here = await assess(makeBox({ name: "beside", start: start("") }));
  assert.match(find(here.answer, "firewall").answer, /fail2ban-server bans here as well/);
  assert.match(find(here.answer, "firewall").evidence.join(), /firewalld/);
});

test("without permission the missing facts are reported, with an exit code", async () => {
  const box = makeBox({ name: "unseen", sshd: "PasswordAuthentication yes\n" });
  for (const part of [stage.lab.folder, box, join(box, "log")]) chmodSync(part, 0o755);
  chmodSync(join(box, "etc/shadow"), 0o600);
  const as = "setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all";
  writeFileSync(join(box, "start"), `${START_SSHD}set -- ${as} "$@"\n`);
  const { ok, text } = await run(box, "--json");
  assert.ok(!ok);
  const answer: Answer = JSON.parse(text);
  assert.equal(answer.judgment.verdict, "not-known");
  assert.equal(find(answer, "passwords").mark, "unknown");
  assert.equal(find(answer, "firewall").mark, "unknown");
  assert.match(answer.judgment.unknown.join(), /needs root/);
  assert.deepEqual(answer.changes[0]?.how, ["sudo bailiff assess"]);
});

test("a running daemon is asked for its facts", async () => {
  await stage.start();
  const { output, code } = await stage.bailiff("assess", "--json");
  assert.equal(code, 0, output);
  const answer: Answer = JSON.parse(output);
  assert.match(find(answer, "daemon").answer, /^protecting|^degraded|^blind/);
  const { output: command } = await runProgram({
    argv: [process.execPath, MAIN, "help", "assess"],
    input: "",
    timeoutMilliseconds: 120_000,
  });
  assert.match(command, /judge whether this host needs bailiff/);
  await stage.stop();
});

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCommands } from "../run-commands.fixture.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), `bailiff-replay-command-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function failed(time: string, ip: string): string {
  return `2026-11-23T${time}Z web1 sshd[${time.replaceAll(":", "")}]: Failed password for root from ${ip} port 1 ssh2\n`;
}

const BURST = ["10:00:00", "10:00:01", "10:00:02", "10:00:03", "10:00:04"];
const LOG = write(
  "auth.log",
  [
    ...BURST.map((time) => failed(time, "192.0.2.7")),
    failed("10:30:00", "192.0.2.7"),
    ...BURST.slice(0, 3).map((time) => failed(time.replace("10:", "11:"), "192.0.2.8")),
    "2026-11-23T12:00:00Z web1 sshd[9]: Accepted publickey for bob from 192.0.2.7 port 1 ssh2\n",
  ].join(""),
);
/** An address that stays below maxretry, and fails 12 times in an hour. */
const SLOW = write(
  "slow.log",
  ["00", "05", "10", "15", "20", "25", "30", "35", "40", "45", "50", "55"]
    .map((minute) => failed(`10:${minute}:00`, "192.0.2.9"))
    .join(""),
);
const STRICT = write(
  "strict.toml",
  '[defaults]\nenforcer = "memory"\nmaxretry = 3\n[jails.ssh]\nfilter = "sshd"\n',
);
const FAIL2BAN = join(folder, "fail2ban");
mkdirSync(join(FAIL2BAN, "filter.d"), { recursive: true });
write(
  "fail2ban/jail.conf",
  `[DEFAULT]\nmaxretry = 2\nbantime = 1d\n[sshd]\nenabled = true\nfilter = sshd\nlogpath = ${LOG}\n`,
);
write(
  "fail2ban/filter.d/sshd.conf",
  "[Definition]\nfailregex = ^.*Failed password for .* from <HOST> port \\d+ ssh2$\n",
);

const [plain, json, slow, strict, directory, unknown, missing, unused, nothing, folders] =
  runCommands([
    ["replay", LOG, "--against", "fail2ban"],
    ["replay", LOG, "--json", "--against", "fail2ban"],
    ["replay", SLOW, "--json", "--against", "fail2ban"],
    ["replay", LOG, "--json", "--config", STRICT],
    ["replay", LOG, "--json", "--fail2ban", FAIL2BAN],
    ["replay", LOG, "--filter", "sshdd"],
    ["replay", join(folder, "nowhere.log")],
    ["replay", LOG, "--config", STRICT, "--filter", "dovecot"],
    ["replay", LOG, "--against", join(folder, "nothing.toml")],
    ["replay", folder],
  ]);

interface Line {
  readonly seconds: number;
}

function linesOf(stdout: string | undefined): Line[] {
  const parsed: Line[] = (stdout ?? "")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  return parsed;
}

test("--json prints an object for each policy", () => {
  const found = linesOf(json?.stdout);
  assert.ok(found.every(({ seconds }) => seconds >= 0));
  const same = { attempts: 9, subjects: 1, innocents: 1, campaigns: 0, peak: 1, lines: 10 };
  const logins = { logins: 1, bans: 1 };
  assert.deepEqual(
    found.map(({ seconds: _seconds, ...line }) => line),
    [
      { ...same, ...logins, through: 8, stopped: 1, policy: "default", stopped_logins: 0 },
      { ...same, ...logins, through: 9, stopped: 0, policy: "fail2ban", stopped_logins: 0 },
    ],
  );
  assert.match(
    json?.stdout ?? "",
    /^\{"attempts":9,"through":8,"stopped":1,"bans":1,"subjects":1,"innocents":1,"campaigns":0,/,
  );
});

test("the policy of fail2ban has no detectors", () => {
  const [ours, theirs] = linesOf(slow?.stdout);
  assert.partialDeepStrictEqual(ours, { policy: "default", attempts: 12, bans: 1 });
  assert.partialDeepStrictEqual(theirs, { policy: "fail2ban", through: 12, bans: 0 });
});

test("the text shows policies, innocents with their reason, and where the policies differ", () => {
  const text = plain?.stdout ?? "";
  assert.match(
    text,
    /^10 lines, recognized lines from 2026-11-23 10:00:00Z to 2026-11-23 12:00:00Z\./,
  );
  assert.match(text, /^default +9 +8 +1 +1 +1 +1 +1$/m);
  assert.match(text, /^fail2ban +9 +9 +0 +1 +1 +1 +1$/m);
  assert.match(text, /^default +192\.0\.2\.7 +1 +2026-11-23 10:00:04Z +sshd +5 failures in 10m$/m);
  assert.match(text, /^Banned only by fail2ban: 0 addresses and networks$/m);
  assert.match(text, /Not simulated/);
});

test("a configuration that only observes is tried as if it dropped packets", () => {
  const [line] = linesOf(strict?.stdout);
  assert.partialDeepStrictEqual(line, { policy: STRICT, bans: 2, subjects: 2, stopped: 3 });
});

test("the jails of a fail2ban directory are tried with their own rules", () => {
  const [line] = linesOf(directory?.stdout);
  assert.partialDeepStrictEqual(line, { policy: FAIL2BAN, attempts: 9, bans: 2, stopped: 5 });
});

test("a log without a failed login has no table of zeros, and the next step is named", () => {
  const other = write("dpkg.log", "2026-11-23 10:00:00 status installed bash:amd64 5.2\n");
  const [screen, lines] = runCommands([
    ["replay", other],
    ["replay", other, "--json"],
  ]);
  assert.match(screen?.stdout ?? "", /^1 line, and no failed login among them\.\n/);
  assert.match(screen?.stdout ?? "", /^ +bailiff replay --filter NAME LOG$/m);
  assert.doesNotMatch(screen?.stdout ?? "", /POLICY/);
  assert.equal(screen?.status, 0);
  assert.partialDeepStrictEqual(linesOf(lines?.stdout)[0], { attempts: 0, lines: 1 });
});

test("mistakes are explained", () => {
  assert.match(unknown?.stderr ?? "", /unknown filter "sshdd"/);
  assert.equal(unknown?.status, 64);
  assert.match(missing?.stderr ?? "", /cannot read .*nowhere\.log: the file does not exist/);
  assert.equal(missing?.status, 66);
  assert.match(unused?.stderr ?? "", /has no enabled jail for these filters/);
  assert.match(unused?.stderr ?? "", /filters of its jails: sshd/);
  assert.equal(unused?.status, 78);
  assert.match(nothing?.stderr ?? "", /--against .*nothing\.toml: no such file or directory/);
  assert.equal(nothing?.status, 78);
  assert.match(folders?.stderr ?? "", /it is a directory\n +specify the logs in it/);
});

test("an interrupted replay prints no result, which would look like that of all lines", async () => {
  for (const options of [[], ["--json"]]) {
    const pipe = join(folder, `pipe-${options.length}`);
    spawnSync("mkfifo", [pipe]);
    // Open in both directions, so that opening does not wait, and the replay sees no end.
    await using writer = await open(pipe, "r+");
    const argv = [...process.execArgv, MAIN, "replay", "--filter", "sshd", ...options, pipe];
    const child = spawn(process.execPath, argv);
    const output = Promise.all([text(child.stdout), text(child.stderr)]);
    const ended = once(child, "exit");
    // More than a pipe holds, so that the replay has read some of it.
    await writer.write(failed("10:00:00", "192.0.2.7").repeat(1000));
    child.kill("SIGINT");
    const [code] = await ended;
    assert.equal(code, 1);
    const [stdout, stderr] = await output;
    assert.equal(stdout, "");
    assert.match(stderr, /interrupted after \d+ lines?, so there is no result/);
  }
});

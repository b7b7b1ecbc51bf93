import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCommands } from "../run-commands.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-scan-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));
const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

function writeLog(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

test("failures without an address are reported", () => {
  const filter = join(folder, "named.toml");
  writeFileSync(
    filter,
    'name = "named"\n[[rule]]\nid = "refused"\nis = "failure"\nline = "login of {user} from {host} refused"\n',
  );
  const named = "login of eve from evil.example.com refused";
  const nobody = writeLog("nobody.log", [named, named]);
  const somebody = writeLog("somebody.log", [named, "login of eve from 192.0.2.7 refused"]);
  const [none, one] = runCommands(
    [nobody, somebody].map((log) => ["scan", "--filter", filter, log]),
  );
  assert.match(
    none?.stdout ?? "",
    /No address is counted: 2 failures without an address: the last one contains "evil\.example\.com"/,
  );
  assert.match(one?.stdout ?? "", /192\.0\.2\.7/);
  assert.doesNotMatch(one?.stdout ?? "", /NOBODY/);
});

test("a log that a configured jail names is read as the daemon reads it", () => {
  const config = join(folder, "config.toml");
  const failed = (before: string): string =>
    `${before} sshd[1]: Failed password for root from 192.0.2.7 port 4022 ssh2`;
  const logs = [
    "2026-03-02 08:00:00 web1",
    "Mar  2 08:00:00 relay web1",
    "Mar  2 08:00:00 web1",
  ].map((before, i) => writeLog(`jail${i}.log`, [failed(before)]));
  const unnamed = writeLog("unnamed.log", [failed("2026-03-02 08:00:00 web1")]);
  writeFileSync(
    config,
    `[jails.ssh]\nfilter = "sshd"\nsource = { file = ${JSON.stringify(logs)} }\n`,
  );
  const ends = runCommands(
    [...logs, unnamed].map((log) => ["--config", config, "scan", "--filter", "sshd", log]),
  );
  assert.deepEqual(
    ends.map(({ stdout }) => /: (\d+ failures?) .* (\d+ not recognized)/.exec(stdout)?.slice(1)),
    [
      ["0 failures", "1 not recognized"],
      ["0 failures", "1 not recognized"],
      ["1 failure", "0 not recognized"],
      ["1 failure", "0 not recognized"],
    ],
  );
});

test("lines behind a quote that was not closed are no unknown messages", () => {
  const filter = join(folder, "rows.toml");
  writeFileSync(
    filter,
    'name = "rows"\n[[rule]]\nid = "denied"\nis = "failure"\ncsv = { 1 = "denied", 2 = "{user}", 3 = "{ip}" }\n',
  );
  const row = (account: string, ip: string): string => `denied,${account},${ip}`;
  const torn = Array.from({ length: 20 }, () => row("x".repeat(1000), "192.0.2.8"));
  const rows = [
    row("al", "192.0.2.7"),
    row('"torn', "192.0.2.8"),
    ...torn,
    row('"a, b"', "192.0.2.9"),
  ];
  const [scanned] = runCommands([["scan", "--filter", filter, writeLog("rows.csv", rows)]]);
  const { stdout = "" } = scanned ?? {};
  assert.match(stdout, /: 2 failures \(2 attempts\)/);
  assert.match(
    stdout,
    /^\d+ lines not believed: behind a quote that was not closed, a client may/m,
  );
  assert.match(stdout, /^ {2}to do: state escapes_line_breaks = true in filter .*rows\.toml if/m);
  assert.doesNotMatch(stdout, /Unrecognized messages/);
});

test("honeypot paths of the configured jails count", () => {
  const config = join(folder, "honeypots.toml");
  const jail = "[jails.access-log.detect]\nhoneypot_paths = ['/old-admin']\n";
  writeFileSync(config, `[filters]\nautomatic = "never"\n${jail}`);
  const log = writeLog("access.log", [
    '192.0.2.7 - - [23/Nov/2026:04:11:05 +0000] "GET //old-admin HTTP/1.1" 404 3 "-" "x"',
    '192.0.2.8 - - [23/Nov/2026:04:11:05 +0000] "GET /index.html HTTP/1.1" 200 3 "-" "x"',
  ]);
  const scan = ["scan", "--filter", "access-log", log];
  const [configured, plain] = runCommands([["--config", config, ...scan], scan]);
  assert.match(configured?.stdout ?? "", /^2 lines, filter access-log: 1 failure /);
  assert.match(configured?.stdout ?? "", /192\.0\.2\.7/);
  assert.match(plain?.stdout ?? "", /^2 lines, filter access-log: 0 failures /);
});

test("every line is counted in the summary", () => {
  const own =
    "Nov 23 04:52:00 web1 sshd[812]: Failed password for root from 192.0.2.7 port 4711 ssh2";
  const other = "Nov 23 04:52:01 web1 cron[99]: job done";
  const mixed = writeLog("mixed.log", [
    own,
    other,
    "no header at all",
    "Nov 23 04:52:02 web1 sshd[812]: zzz",
  ]);
  const empty = writeLog("empty.log", []);
  const [told, nothing] = runCommands(
    [mixed, empty].map((log) => ["scan", "--filter", "sshd", log]),
  );
  assert.match(
    (told?.stdout ?? "").replaceAll("\n", " "),
    /^4 lines, filter sshd: 1 failure \(1 attempt\), 0 successes, 0 as context for later lines, 0 harmless, 1 not recognized, 2 of other programs or without a readable header \(this filter reads sshd, sshd-session, sshd-auth\)/,
  );
  assert.equal(nothing?.stdout, `${empty} is empty\n`);
});

test("a private peer whose lines name another client is not counted, as in the daemon", () => {
  const line = (peer: string): string =>
    `2026-11-23 12:27:52,797::WARNING::[interface:657] Unsuccessful login attempt from ${peer} (X-Forwarded-For: 198.51.100.7) [Mozilla/5.0]`;
  const log = writeLog("proxied.log", [line("10.1.2.3"), line("203.0.113.3")]);
  const [alone, trusted] = runCommands(
    [[], ["--proxy", "10.1.2.3"]].map((more) => ["scan", "--filter", "sabnzbd", ...more, log]),
  );
  assert.match(alone?.stdout ?? "", /: 1 failure \(1 attempt\), .*, 1 as context for later lines,/);
  assert.match(alone?.stdout ?? "", /lines of 10\.1\.2\.3 name another client/);
  assert.match(trusted?.stdout ?? "", /: 2 failures \(2 attempts\)/);
  assert.match(trusted?.stdout ?? "", /1 +198\.51\.100\.7/);
});

test("a proxy is believed about the field with one address that is named, and only a trusted one", () => {
  const line = (peer: string, client: string): string =>
    JSON.stringify({
      ...{ time: "2026-11-23T12:27:52Z", remote_addr: peer, remote_user: "alice", status: "401" },
      ...{ http_x_forwarded_for: "203.0.113.9", http_cf_connecting_ip: client },
    });
  const log = writeLog("field.log", [
    line("104.16.0.1", "192.0.2.1"),
    line("192.0.2.66", "203.0.113.9"),
  ]);
  const field = ["--client-field", "http_cf_connecting_ip"];
  const scan = ["scan", "--filter", "access-log", "--proxy", "cloudflare"];
  const [read, wrong] = runCommands([
    [...scan, ...field, log],
    [...scan, "--client-field", "a..b", log],
  ]);
  assert.match(read?.stdout ?? "", /1 +192\.0\.2\.1$/m);
  assert.match(read?.stdout ?? "", /1 +192\.0\.2\.66$/m);
  assert.doesNotMatch(read?.stdout ?? "", /203\.0\.113\.9/);
  assert.match(wrong?.stderr ?? "", /client_field/);
});

test("a filter is found in the configured directories; an unknown name lists those available", () => {
  const own = join(folder, "own");
  const config = join(folder, "bailiff.toml");
  mkdirSync(own);
  writeFileSync(
    join(own, "mine.toml"),
    'name = "mine"\n[[rule]]\nid = "refused"\nis = "failure"\nline = "login of {user} from {ip} refused"\n',
  );
  writeFileSync(config, `[filters]\ndirectories = ["${own}"]\n[jails.sshd]\n`);
  const log = writeLog("mine.log", ["login of eve from 192.0.2.7 refused", "whatever"]);
  const argv = [MAIN, "--config", config, "scan", "--filter", "mine", "--json", log];
  // A separate process, because rows are not written through process.stdout.
  const found = spawnSync(process.execPath, argv, { encoding: "utf8" });
  assert.equal(found.status, 0, found.stderr);
  const lines = found.stdout
    .split("\n")
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line));
  assert.deepEqual(
    lines.map((line) => Object.entries(line ?? {}).filter(([key]) => key !== "at")),
    [
      Object.entries({
        line: 1,
        kind: "failure",
        ip: "192.0.2.7",
        user: "eve",
        rule: "refused",
        counts: 1,
      }),
      Object.entries({ line: 2, kind: "none", ip: null, user: null, rule: null, counts: 0 }),
    ],
  );
  const [missing] = runCommands([["--config", config, "scan", "--filter", "nobodys", log]]);
  assert.equal(missing?.status, 64);
  assert.match(missing.stderr, /unknown filter "nobodys"\n.*services --all lists/);
});

test("--unmatched prints unrecognized lines only: as they are, or as JSON with their numbers", () => {
  const line = (text: string): string => `Nov 23 04:52:00 web1 sshd[812]: ${text}`;
  const unknown = line("something that no rule recognizes bailiff status");
  const known = line("Failed password for root from 192.0.2.7 port 4711 ssh2");
  const log = writeLog("unmatched.log", [known, unknown, known]);
  const all = writeLog("matched.log", [known]);
  const scan = ["scan", "--filter", "sshd", "--unmatched"];
  const typed = ["--socket", "/nowhere.sock"];
  const [plain, none] = runCommands([
    [...typed, ...scan, log],
    [...scan, all],
  ]);
  assert.equal(plain?.stdout, `${unknown}\n`, "a command in a log line is not completed");
  assert.deepEqual([none?.stdout, none?.stderr], ["", "No line is left unrecognized.\n"]);
  const argv = [...process.execArgv, MAIN, ...scan, "--json", log];
  // A separate process, because rows are not written through process.stdout.
  const { stdout } = spawnSync(process.execPath, argv, { encoding: "utf8" });
  assert.equal(stdout, `${JSON.stringify({ line: 2, text: unknown })}\n`);
});

test("rules that are not used because they are unverified are pointed out", () => {
  const filter = join(folder, "draft.toml");
  writeFileSync(
    filter,
    'name = "draft"\n[[rule]]\nid = "refused"\nis = "failure"\nunverified = true\nline = "login of {user} from {ip} refused"\n',
  );
  const log = writeLog("draft.log", ["login of eve from 192.0.2.7 refused"]);
  const scan = ["scan", "--filter", filter, log];
  const [without, used] = runCommands([scan, [...scan, "--unverified"]]);
  const hint = /^1 unverified rule not used \(--unverified uses them too\)\.$/m;
  assert.match(without?.stdout ?? "", hint);
  assert.match(used?.stdout ?? "", /: 1 failure /);
  assert.doesNotMatch(used?.stdout ?? "", hint);
});

test("a scan loads no detectors, because it should start quickly", () => {
  const log = writeLog("one.log", ["Nov 23 04:52:00 web1 sshd[812]: Connection closed"]);
  const [sources, resolver, regex, command] = [
    ...["../../", "../../host/process/resolve-modules.ts", "../../host/linear-regex.ts"],
    "../run-command.ts",
  ].map((path) => new URL(path, import.meta.url).href);
  const script = `
    const [sources, resolver, regex, command, log] = process.argv.slice(1);
    const loaded = (await import(resolver)).resolveModules(new URL(sources));
    (await import(regex)).enableLinearRegex();
    await (await import(command)).runCommand(["scan", "--json", "--filter", "sshd", log], loaded);
    console.error(JSON.stringify([...loaded].map((url) => url.slice(sources.length))));`;
  const argv = [sources, resolver, regex, command, log].map(String);
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", script, ...argv],
    { encoding: "utf8" },
  );
  assert.match(stdout, /^\{"line":1,/);
  const loaded: readonly string[] = JSON.parse(stderr);
  assert.ok(loaded.includes("pipeline/scan.ts"));
  assert.deepEqual(
    loaded.filter((path) => path.startsWith("detect/judgment/")),
    [],
  );
});

test("scan says that a pipe has no writer, and Ctrl-C ends it", async () => {
  const path = join(folder, "pipe");
  spawnSync("mkfifo", [path]);
  const child = spawn(process.execPath, [
    ...process.execArgv,
    MAIN,
    "scan",
    "--filter",
    "sshd",
    path,
  ]);
  const [message] = await once(child.stderr.setEncoding("utf8"), "data");
  assert.equal(message, `waiting for data from ${path}\n`);
  child.kill("SIGINT");
  const [code] = await once(child, "exit");
  assert.equal(code, 1);
});

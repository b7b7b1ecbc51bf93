/** Output and exit codes of commands that fail, without a running daemon. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { LINKS } from "../domain/proof.ts";
import { createProgram } from "./commands.ts";
import { runCommands } from "./run-commands.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "bailiff-main-"));
after(() => rmSync(folder, { recursive: true }));
const broken = join(folder, "broken.toml");
writeFileSync(broken, "[defaults]\nmaxretry = “5”\n");

const ENV = { BAILIFF_SOCKET: join(folder, "no.sock"), BAILIFF_CONFIG: "" };

function bailiff(...argv: readonly string[]) {
  return bailiffAs({ env: ENV }, argv);
}

interface Caller {
  readonly env: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
}

/** Runs a command in a separate process. */
function bailiffAs({ env, ...user }: Caller, argv: readonly string[]) {
  const main = join(import.meta.dirname, "main.ts");
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...argv], {
    ...{ ...user, env: { ...process.env, ...env } },
    encoding: "utf8",
  });
  return { stdout, stderr, status };
}

/** Failures of every command with --json. */
const FAILURES: readonly (readonly [string, string, number])[] = [
  ["version", "", 0],
  ["status", "not-running", 69],
  ["verify", "not-running", 69],
  ["drift", "not-running", 69],
  ["campaigns", "not-running", 69],
  ["quality", "not-running", 69],
  ["stats", "not-running", 69],
  ["metrics", "not-running", 69],
  ["notify test ops", "not-running", 69],
  ["doctor", "not-running", 69],
  ["bans", "not-running", 69],
  ["why nonsense", "no-address", 64],
  ["history", "not-running", 69],
  ["audit verify", "not-running", 69],
  ["follow", "not-running", 69],
  ["ban 192.0.2.1 --for never", "bad-duration", 64],
  ["unban", "usage", 64],
  ["allow 1.2.3", "no-address", 64],
  ["breaker rest", "usage", 64],
  ["check", "", 0],
  ["services --config /nonexistent", "bad-config", 78],
  ["enable no-such-service", "unknown-service", 64],
  ["disable no-such-service", "unknown-service", 64],
  ["stats --jail sshd --by address", "usage", 64],
  ["stats --jail sshd --by user", "usage", 64],
  ["stats --since 7", "bad-duration", 64],
  [`assess --config ${broken}`, "bad-config", 78],
  ["scan --filter sshd /nonexistent", "no-input", 66],
  ["replay /nonexistent", "no-input", 66],
  ["tune sshd /nonexistent", "no-input", 66],
];

test("with --json a failure is one object on standard output, and nothing else is printed", async (t) => {
  const taking = createProgram(() => undefined).commands.filter(({ options }) =>
    options.some(({ long }) => long === "--json"),
  );
  assert.deepEqual(
    taking.map((command) => command.name()).toSorted(),
    [...new Set(FAILURES.map(([line]) => line.split(" ")[0] ?? ""))].toSorted(),
  );
  const commands = FAILURES.map(([line]) => [...line.split(" "), "--json"]);
  const ends = runCommands(commands, ENV);
  for (const [i, [line, code, exitCode]] of FAILURES.entries())
    await t.test(line, () => {
      const { stdout, stderr, status } = ends[i] ?? assert.fail("it ended");
      assert.deepEqual([stderr, status], ["", exitCode], stdout);
      const { error } = JSON.parse(stdout);
      if (code === "") return assert.equal(error, undefined);
      assert.equal(error.code, code);
      // Without a daemon the doctor still has results.
      const keys = line === "doctor" ? ["state", "links", "error"] : ["error"];
      assert.deepEqual(Object.keys(JSON.parse(stdout)), keys);
      assert.deepEqual(Object.keys(error), ["code", "message", "hint"]);
      assert.ok(error.message !== "" && (error.hint === null || error.hint !== ""));
    });
});

test("a separate process has the same output and exit code", () => {
  const [line, , exitCode] = FAILURES.find(([line]) => line === "bans") ?? assert.fail();
  const { stdout, stderr, status } = bailiff(line, "--json");
  assert.deepEqual([stderr, status], ["", exitCode]);
  assert.deepEqual(stdout, runCommands([[line, "--json"]], ENV)[0]?.stdout);
});

test("without --json the same failure is on standard error", () => {
  const { stdout, stderr, status } = bailiff("why");
  assert.deepEqual(
    [stdout, stderr, status],
    ["", "bailiff: why: missing <address>\n  usage: bailiff why [options] <address>\n", 64],
  );
});

/** Looks for a socket in its runtime folder first; root's usual socket may be that of a running daemon. */
const ORDINARY_USER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

test("the help of doctor explains every link", () => {
  const { stdout } = bailiff("help", "doctor");
  for (const link of LINKS) assert.match(stdout, new RegExp(`^ {2}${link} +\\S`, "m"));
});

test("without a daemon, suggested commands keep the options that the user typed", () => {
  const other = join(folder, "other.toml");
  const socket = join(folder, "other.sock");
  const usual = join(folder, "bailiff.sock");
  writeFileSync(other, `[daemon]\nsocket = "${socket}"\n`);
  writeFileSync(usual, "");
  chmodSync(folder, 0o755);
  chmodSync(usual, 0o666);
  const named = { BAILIFF_SOCKET: "", BAILIFF_CONFIG: "" };
  const env = { ...named, XDG_RUNTIME_DIR: folder, XDG_STATE_HOME: folder };
  const [asked, configured, reloaded] = [
    ["why", "192.0.2.1"],
    ["--config", other, "status"],
    ["--config", broken, "reload"],
  ].map((argv) => bailiffAs({ ...ORDINARY_USER, env }, argv));
  const [first = "", ...rest] = (asked?.stderr ?? "").split("\n");
  assert.equal(first, `bailiff: cannot reach the daemon: no process is listening on ${usual}`);
  assert.match(rest.join("\n"), /configuration: bailiff --config FILE why 192\.0\.2\.1$/m);
  const start = `bailiff: cannot reach the daemon: ${socket} does not exist\n  if it is not running, start it: systemctl start bailiff   (or: bailiff --config ${other} run)`;
  assert.equal(configured?.stderr.slice(0, start.length), start);
  const [cause = "", hint] = (reloaded?.stderr ?? "").split("\n");
  const unknown = "the configuration is invalid, so the socket of the daemon is unknown";
  assert.ok(cause.startsWith(`bailiff: not reloaded: ${unknown}: ${broken}:2:12: `), cause);
  const tried = "only the default socket was tried, and no process is listening on it";
  assert.ok(hint?.endsWith(`${tried}: ${usual}`) === true, hint ?? "");
  assert.doesNotMatch(reloaded?.stderr ?? "", /nft delete table|start it/);
});

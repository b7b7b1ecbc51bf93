/** The demonstration shows a real ban, and removes everything it created, also after an interruption. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fuzzSample } from "../fuzz-rounds.ts";

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly pid: number;
  readonly left: readonly string[];
}

interface Interrupt {
  readonly signal: NodeJS.Signals;
  readonly at: string;
  /** Runs before the interruption. */
  readonly first?: (output: string, folder: string) => Promise<void>;
}

/** Runs it with its own temporary folder, and interrupts it when it has printed `until`. */
async function runDemo(interrupt?: Interrupt, ...args: readonly string[]): Promise<End> {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-demo-"));
  // As /tmp, which other users may enter: the dashboard runs as one.
  chmodSync(folder, 0o711);
  // As on a hardened host with a restrictive umask.
  const child = spawn(
    "/bin/sh",
    ["-c", 'umask 077; exec "$@"', "sh", process.execPath, MAIN, "demo", ...args],
    {
      env: { ...process.env, TMPDIR: folder },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  let told = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (interrupt === undefined || told || !output.includes(interrupt.at)) return;
      told = true;
      const { first = async () => undefined, signal } = interrupt;
      void first(output, folder).finally(() => child.kill(signal));
    });
  }
  const limit = setTimeout(() => child.kill("SIGKILL"), 300_000);
  await once(child, "close");
  clearTimeout(limit);
  const left = readdirSync(folder);
  rmSync(folder, { recursive: true });
  return { code: child.exitCode, signal: child.signalCode, output, pid: child.pid ?? 0, left };
}

function assertNothingLeft({ pid, left, output }: End): void {
  assert.deepEqual(left, [], "no files");
  const spaces = execFileSync("ip", ["netns", "list"], { encoding: "utf8" });
  assert.ok(!spaces.includes(`bailiff-lab-${pid}-`), `no namespaces: ${spaces}`);
  const programs = execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" });
  const mine = programs.split("\n").filter((line) => line.includes(`bailiff-lab-${pid}-`));
  assert.deepEqual(mine, [], `no programs; it said: ${output.slice(-300)}`);
}

test("the demonstration completes, and removes everything it created", async () => {
  const end = await runDemo();
  assert.equal(end.code, 0, end.output);
  const findings = end.output.split("9. Results").at(-1) ?? "";
  assert.equal(findings.match(/✓/g)?.length, 12);
  assert.doesNotMatch(end.output, /✗/);
  assert.match(end.output, /BAN +192\.0\.2\.7/);
  assert.match(end.output, /timed out/);
  assert.match(
    end.output,
    /REPAIRED the firewall in \d+m?s: table and rules re-created, 1 ban restored \(broken by nft \(pid \d+\)/,
  );
  assert.match(end.output, /sshd: proven end to end/);
  assert.match(end.output, /bailiff unban 192\.0\.2\.7/);
  assertNothingLeft(end);
});

const STEPS = [
  "A demonstration",
  "1. The set-up",
  "1 of 5",
  "BAN",
  "4. At the same time",
  "$ nft flush",
];

for (const at of fuzzSample(STEPS, 2)) {
  test(`interrupted at "${at}", it removes everything it created`, async () => {
    const end = await runDemo({ signal: at === "BAN" ? "SIGTERM" : "SIGINT", at });
    assert.ok(end.signal === "SIGINT" || end.signal === "SIGTERM", `${end.code} ${end.output}`);
    assertNothingLeft(end);
  });
}

test("with --web a browser on this machine can log in, until it is interrupted", async () => {
  let session: unknown;
  const first = async (output: string): Promise<void> => {
    const [, url = "", link = ""] = /^(http:\S+)\/login#(\S+)$/m.exec(output) ?? [];
    const headers = { origin: url, "content-type": "application/json" };
    const body = JSON.stringify({ link });
    const login = await fetch(`${url}/api/login`, { method: "POST", headers, body });
    const { token } = (await login.json()) as { readonly token: string };
    const [cookie = ""] = login.headers.get("set-cookie")?.split(";") ?? [];
    const again = { cookie, "x-bailiff-token": token };
    session = await (await fetch(`${url}/api/overview`, { headers: again })).json();
  };
  const end = await runDemo({ signal: "SIGINT", at: "An intruder guesses", first }, "--web");
  assert.equal(end.signal, "SIGINT", end.output);
  assert.match(JSON.stringify(session), /"name":"sshd"/);
  assertNothingLeft(end);
});

test("a replay of its log bans as the daemon did", async () => {
  const found: Record<string, unknown>[] = [];
  const first = async (_output: string, folder: string): Promise<void> => {
    const [lab = ""] = readdirSync(folder).filter((name) => name.startsWith("bailiff-lab-"));
    const config = join(folder, lab, "bailiff.toml");
    const ask = (...args: readonly string[]): Record<string, unknown> => {
      const argv = [MAIN, "--config", config, ...args, "--json"];
      const answer = execFileSync(process.execPath, argv, { encoding: "utf8", stdio: "pipe" });
      return JSON.parse(answer) as Record<string, unknown>;
    };
    const log = join(folder, lab, "auth.log");
    found.push(ask("status", "sshd"), ask("replay", log));
  };
  // The daemon has banned the intruder, who tried again, and the visitor has logged in.
  const end = await runDemo({ signal: "SIGINT", at: "5. Why?", first });
  assert.equal(end.signal, "SIGINT", end.output);
  const [live, replay] = found;
  assert.ok(live !== undefined && replay !== undefined, end.output);
  const [jail] = live["jails"] as readonly Record<string, unknown>[];
  const { attempts, bans, subjects, stopped, innocents } = replay;
  assert.deepEqual(
    { attempts, bans, subjects, stopped, innocents },
    { attempts: jail?.["failures"], bans: 1, subjects: 1, stopped: 0, innocents: 0 },
  );
  assert.equal(jail?.["banned"], 1);
  assertNothingLeft(end);
});

test("without root it explains why and exits with code 77", () => {
  const { NODE_COMPILE_CACHE: _cache, ...env } = process.env;
  assert.throws(
    () =>
      execFileSync(
        "setpriv",
        ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, MAIN, "demo"],
        { encoding: "utf8", env, stdio: "pipe" },
      ),
    (error: unknown) => {
      assert.ok(error instanceof Error && "status" in error && "stderr" in error);
      assert.equal(error.status, 77);
      assert.match(String(error.stderr), /root/);
      return true;
    },
  );
});

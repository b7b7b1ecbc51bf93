import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const MAIN = join(import.meta.dirname, "../main.ts");
const folder = mkdtempSync(join(tmpdir(), `bailiff-scan-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));

function scan(...args: readonly string[]): {
  status: number | null;
  lines: unknown[];
  said: string;
} {
  const input = "login of eve from 192.0.2.7 refused\nwhatever\n";
  const run = spawnSync(process.execPath, [MAIN, ...args], { input, encoding: "utf8" });
  const lines = run.stdout
    .split("\n")
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line));
  return { status: run.status, lines, said: run.stderr };
}

test("failures without an address are reported", () => {
  const filter = join(folder, "named.toml");
  writeFileSync(
    filter,
    'name = "named"\n[[rule]]\nid = "refused"\nis = "failure"\nline = "login of {user} from {host} refused"\n',
  );
  const say = (input: string): string =>
    spawnSync(process.execPath, [MAIN, "scan", "--filter", filter, "-"], {
      input,
      encoding: "utf8",
    }).stdout;
  const named = "login of eve from evil.example.com refused\n";
  assert.match(
    say(named + named),
    /NOBODY is counted: 2 failures recognized, none with an address: the last one names "evil\.example\.com"/,
  );
  assert.doesNotMatch(say(`${named}login of eve from 192.0.2.7 refused\n`), /NOBODY/);
});

test("a filter is found where the configuration says, and named with what there is otherwise", () => {
  const own = join(folder, "own");
  const config = join(folder, "bailiff.toml");
  mkdirSync(own);
  writeFileSync(
    join(own, "mine.toml"),
    'name = "mine"\n[[rule]]\nid = "refused"\nis = "failure"\nline = "login of {user} from {ip} refused"\n',
  );
  writeFileSync(config, `[filters]\ndirectories = ["${own}"]\n[jails.sshd]\n`);
  const found = scan("--config", config, "scan", "--filter", "mine", "--json", "-");
  assert.equal(found.status, 0, found.said);
  assert.deepEqual(
    found.lines.map((line) => Object.entries(line ?? {}).filter(([key]) => key !== "at")),
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
  const missing = scan("--config", config, "scan", "--filter", "nobodys", "-");
  assert.equal(missing.status, 64);
  assert.match(missing.said, /there is no filter "nobodys"\n.*mine, sshd|sshd, mine/);
});

/** Compares our fail2ban-client -d with the original line by line, with every jail of the installed package enabled. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const MAIN = join(import.meta.dirname, "../../../src/cli/main.ts");

function dump(program: string, ...args: readonly string[]): readonly string[] {
  const out = execFileSync(program, [...args, "-d"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 16 * 1024 * 1024,
  });
  return out.split("\n");
}

test("every command of the stock configuration is the same, and in the same order", () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-dump-${process.pid}-`));
  try {
    cpSync("/etc/fail2ban", folder, { recursive: true });
    const jails = readFileSync("/etc/fail2ban/jail.conf", "utf8").matchAll(/^\[([^\]\n]+)\]\s*$/gm);
    const names = [...jails].map(([, name = ""]) => name);
    const own = names.filter((name) => name !== "INCLUDES" && name !== "DEFAULT");
    writeFileSync(
      join(folder, "jail.local"),
      own.map((name) => `[${name}]\nenabled = true\n`).join(""),
    );
    const original = dump("/usr/bin/fail2ban-client", "-c", folder);
    const ours = dump(process.execPath, MAIN, "fail2ban-client", "-c", folder);
    assert.ok(original.length > 1000, `${original.length} lines`);
    assert.deepEqual(ours, original);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

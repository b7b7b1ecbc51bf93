import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseConfig } from "../config/parse-config.ts";
import { type Ip, parseIp } from "../domain/ip.ts";
import { doubtIgnoredNames } from "./doubt-ignored-names.ts";

async function resolve(name: string): Promise<readonly Ip[]> {
  if (name.endsWith(".invalid")) throw new Error("name not found");
  const ip = parseIp("192.0.2.1");
  return name === "empty.example.org" || ip === undefined ? [] : [ip];
}

test("names and files in ignoreip without an address are reported with the reason", async () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-ignored-${process.pid}-`));
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return `file:${path}`;
  };
  const [empty, full] = [file("empty", "# none\n\n"), file("full", "# one\n192.0.2.7\n")];
  const gone = `file:${join(folder, "gone")}`;
  const names = ["vpn.nosuch.invalid", "empty.example.org", "good.example.org"];
  const ignoreip = JSON.stringify([...names, empty, full, gone, "192.0.2.9"]);
  const text = `[jails.sshd]\nignoreip = ${ignoreip}\n[jails.off]\nfilter = "sshd"\nenabled = false\nignoreip = ["x.invalid"]\n`;
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([{ path: "b.toml", text }], { paths, ports: new Map() });
  assert.ok(config.ok, JSON.stringify(config));
  const found = await doubtIgnoredNames(config.value, resolve);
  assert.deepEqual(
    found.map(({ jail, doubt }) => `${jail}: ${doubt.replace(folder, "F").replace(folder, "F")}`),
    [
      "sshd: ignoreip: vpn.nosuch.invalid exempts no address now: name not found",
      "sshd: ignoreip: empty.example.org exempts no address now: it has no address",
      "sshd: ignoreip: file:F/empty exempts no address now: it lists no address",
      "sshd: ignoreip: file:F/gone exempts no address now: no such file or directory (F/gone)",
    ],
  );
  rmSync(folder, { recursive: true });
});

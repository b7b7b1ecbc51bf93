import assert from "node:assert/strict";
import test from "node:test";
import type { JailName } from "../domain/jail-name.ts";
import { parseJailName } from "../domain/jail-name.ts";
import { withAutoJails } from "./auto-jails.ts";
import { parseConfig } from "./parse-config.ts";

const FILTERS = ["sshd", "mail", "sshd"].map(
  (name): JailName => parseJailName(name) ?? assert.fail(),
);

/** Each jail as "NAME MAXRETRY", or "NAME off". */
async function jailsOf(text: string): Promise<readonly string[]> {
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([{ path: "a.toml", text }], { paths, ports: new Map() });
  assert.ok(config.ok, JSON.stringify(config));
  return withAutoJails(config.value, FILTERS).jails.map(
    ({ name, enabled, maxretry }) => `${name} ${enabled ? maxretry : "off"}`,
  );
}

test("without a jail that is on every filter gets one by the defaults; one that was turned off stays off", async () => {
  assert.deepEqual(await jailsOf("[defaults]\nmaxretry = 7\n"), ["mail 7", "sshd 7"]);
  const off = "[defaults]\nmaxretry = 7\n[jails.sshd]\nenabled = false\n";
  assert.deepEqual(await jailsOf(off), ["mail 7", "sshd off"]);
});

test("with a jail that is on no other runs", async () => {
  assert.deepEqual(await jailsOf("[jails.sshd]\nmaxretry = 3\n"), ["sshd 3"]);
});

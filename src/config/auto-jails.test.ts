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

test("without an enabled jail every filter gets a default jail, except disabled ones", async () => {
  assert.deepEqual(await jailsOf("[defaults]\nmaxretry = 7\n"), ["mail 7", "sshd 7"]);
  const off = "[defaults]\nmaxretry = 7\n[jails.sshd]\nenabled = false\n";
  assert.deepEqual(await jailsOf(off), ["mail 7", "sshd off"]);
});

test("with an enabled jail no default jail is added", async () => {
  assert.deepEqual(await jailsOf("[jails.sshd]\nmaxretry = 3\n"), ["sshd 3"]);
});

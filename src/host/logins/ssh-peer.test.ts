import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test from "node:test";
import { promisify } from "node:util";
import { ownSshPeer } from "./ssh-peer.ts";

test("the SSH peer is what sshd left in the environment", () => {
  const peer = { ip: "192.0.2.7", port: 40_022 };
  assert.deepEqual(ownSshPeer({ SSH_CONNECTION: "192.0.2.7 40022 198.51.100.1 22" }), peer);
  assert.deepEqual(ownSshPeer({ SSH_CLIENT: "192.0.2.7 40022 22" }), peer);
  assert.equal(ownSshPeer({ SSH_CONNECTION: "::ffff:192.0.2.7 40022 :: 22" })?.ip, "192.0.2.7");
});

test("what is no address and port is no peer", () => {
  const above = ownSshPeer({});
  for (const value of ["", "UNKNOWN 65535 UNKNOWN 65535", "192.0.2.7", "192.0.2.7 x"])
    assert.deepEqual(ownSshPeer({ SSH_CONNECTION: value }), above);
});

test("sudo takes it out of the environment: the processes above are asked", async () => {
  const module = JSON.stringify(new URL("ssh-peer.ts", import.meta.url).href);
  const code = `console.log(JSON.stringify((await import(${module})).ownSshPeer()))`;
  // As sudo does: a process between, without the variable.
  const script = 'env -u SSH_CONNECTION -u SSH_CLIENT "$0" --input-type=module -e "$1"; true';
  const env = { ...process.env, SSH_CONNECTION: "203.0.113.5 40000 198.51.100.1 22" };
  const ran = await promisify(execFile)("/bin/sh", ["-c", script, process.execPath, code], { env });
  assert.deepEqual(JSON.parse(ran.stdout), { ip: "203.0.113.5", port: 40_000 });
});

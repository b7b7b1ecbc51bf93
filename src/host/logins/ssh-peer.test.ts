import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test from "node:test";
import { promisify } from "node:util";
import { findSshPeer } from "./ssh-peer.ts";

test("the SSH peer comes from the environment that sshd set", () => {
  const peer = { ip: "192.0.2.7", port: 40_022 };
  assert.deepEqual(findSshPeer({ SSH_CONNECTION: "192.0.2.7 40022 198.51.100.1 22" }), peer);
  assert.deepEqual(findSshPeer({ SSH_CLIENT: "192.0.2.7 40022 22" }), peer);
  assert.equal(findSshPeer({ SSH_CONNECTION: "::ffff:192.0.2.7 40022 :: 22" })?.ip, "192.0.2.7");
});

test("a value that is not an address and port is not a peer", () => {
  const above = findSshPeer({});
  for (const value of ["", "UNKNOWN 65535 UNKNOWN 65535", "192.0.2.7", "192.0.2.7 x"])
    assert.deepEqual(findSshPeer({ SSH_CONNECTION: value }), above);
});

test("where sudo removed the variable, the environments of parent processes are read", async () => {
  const module = JSON.stringify(new URL("ssh-peer.ts", import.meta.url).href);
  const code = `console.log(JSON.stringify((await import(${module})).findSshPeer()))`;
  // Like sudo: a process in between, without the variable.
  const script = 'env -u SSH_CONNECTION -u SSH_CLIENT "$0" --input-type=module -e "$1"; true';
  const env = { ...process.env, SSH_CONNECTION: "203.0.113.5 40000 198.51.100.1 22" };
  const ran = await promisify(execFile)("/bin/sh", ["-c", script, process.execPath, code], { env });
  assert.deepEqual(JSON.parse(ran.stdout), { ip: "203.0.113.5", port: 40_000 });
});

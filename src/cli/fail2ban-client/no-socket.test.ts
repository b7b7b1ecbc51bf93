import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import test from "node:test";

test("without a fail2ban socket, the message says how to enable it in bailiff", () => {
  const main = join(import.meta.dirname, "../main.ts");
  const argv = [main, "fail2ban-client", "-s", "/nope/fail2ban.sock", "status"];
  const { stderr, status } = spawnSync(process.execPath, argv, { encoding: "utf8" });
  assert.equal(status, 255);
  assert.match(
    stderr,
    /Failed to access socket path: \/nope\/fail2ban\.sock\. Is fail2ban running\?\n/,
  );
  assert.match(
    stderr,
    /^bailiff listens on this socket .* \[fail2ban\] socket = "\/nope\/fail2ban\.sock" /m,
  );
});

/** Lines of a backlog whose time cannot be read, through the whole daemon: they neither ban nor protect. */
import assert from "node:assert/strict";
import test from "node:test";
import { parseSubject } from "../../src/domain/cidr.ts";
import { openVirtualDaemon } from "./virtual-daemon.ts";

const CONFIG = `[defaults]
maxretry = 3
findtime = "10m"
bantime = "30m"
enforcer = "memory"

[jails.sshd]
source = { file = ["/story"] }
`;

const PEER = "from 192.0.2.7 port 40022 ssh2";
const PLACE = parseSubject("192.0.2.7");
const FAILED = [1, 2, 3, 4].map((pid) => `sshd[${pid}]: Failed password for root ${PEER}`);

async function isBannedAfter(
  batches: readonly (readonly [readonly string[], "live" | "backlog"])[],
): Promise<boolean> {
  await using daemon = await openVirtualDaemon(CONFIG);
  for (const [lines, arrival] of batches) await daemon.read(lines, arrival);
  assert.ok(PLACE !== undefined);
  return daemon.bansOf(PLACE).length > 0;
}

test("failures of unknown age ban nobody, new ones do", async () => {
  assert.equal(await isBannedAfter([[FAILED, "backlog"]]), false);
  assert.equal(await isBannedAfter([[FAILED, "live"]]), true);
});

test("a login of unknown age protects nobody, a new one does", async () => {
  const login = [`sshd[9]: Accepted publickey for al ${PEER}: ED25519 SHA256:x`];
  assert.equal(
    await isBannedAfter([
      [login, "backlog"],
      [FAILED, "live"],
    ]),
    true,
  );
  assert.equal(
    await isBannedAfter([
      [login, "live"],
      [FAILED, "live"],
    ]),
    false,
  );
});

/** A siege is still noticed when the clock was set back by days while the daemon was stopped. */
import assert from "node:assert/strict";
import test from "node:test";
import { openVirtualDaemon } from "./virtual-daemon.ts";

const DAY = 86_400_000;
const CONFIG = `[defaults]
enforcer = "memory"
[jails.sshd]
filter = "sshd"
source = { file = ["/story"] }
`;

function failure(n: number): string {
  return `Failed password for root from 203.0.113.${n} port ${40_000 + n} ssh2`;
}

test("a siege that was saved before the clock was set back continues, and ends in its time", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  const take = (name: string): boolean => daemon.takeEvent(name, undefined);
  await daemon.read([1, 2, 3, 4, 5].map(failure), "live");
  assert.ok(take("siege-began"));
  await daemon.restart(-30 * DAY);
  await daemon.read([failure(6)], "live");
  assert.ok(!take("siege-ended"));
  await daemon.passTo(8 * DAY);
  await daemon.read([failure(7)], "live");
  assert.ok(take("siege-ended"));
});

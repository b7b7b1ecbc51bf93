/** `container_prefix` of jails that read one output of several containers, through the whole daemon. */
import assert from "node:assert/strict";
import test from "node:test";
import { parseSubject } from "../../src/domain/cidr.ts";
import { openVirtualDaemon } from "./virtual-daemon.ts";

const CONFIG = `[defaults]
enforcer = "memory"

[jails.web]
filter = "sshd"
source = { file = ["/story"] }
container_prefix = "web"

[jails.db]
filter = "sshd"
source = { file = ["/story"] }
container_prefix = "db"
`;
const PEER = parseSubject("192.0.2.7") ?? assert.fail();

test("each jail counts the lines of its container", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  const failed = (pid: number): string =>
    `sshd[${pid}]: Failed password for root from 192.0.2.7 port 40022 ssh2`;
  const lines = [
    `web-1  | ${failed(1)}`,
    `\u001b[33mweb-2  | \u001b[0m${failed(2)}`,
    `[pod/shop-7d4/db] ${failed(3)}`,
    `other-1  | ${failed(4)}`,
    failed(5),
  ];
  await daemon.read(lines, "live");
  assert.deepEqual([daemon.count(PEER, "web"), daemon.count(PEER, "db")], [2, 1]);
});

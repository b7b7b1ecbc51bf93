/** The remedy for a closed socket depends on whom it is open to. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openSocketTo } from "./closed-socket.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-closed-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));
/** User nobody has the same number on every Debian. */
const NOBODY = 65_534;

test("a socket without a group needs socket_group, a restart and membership", () => {
  const path = join(folder, "private");
  writeFileSync(path, "", { mode: 0o600 });
  for (const closed of [path, join(folder, "missing")])
    assert.match(
      openSocketTo(NOBODY, closed),
      /^open the socket to a group: groupadd -rf bailiff; socket_group = "bailiff" in \[daemon\]; systemctl restart bailiff; usermod -aG bailiff nobody \(a session sees/,
    );
});

test("a socket with a group needs membership, which an old process lacks", () => {
  const path = join(folder, "shared");
  writeFileSync(path, "");
  chmodSync(path, 0o660);
  const own = process.getgid?.() ?? 0;
  const [group = ""] = /^[^:]+(?=:[^:]*:GID:)/m.exec(groups(own)) ?? [];
  assert.match(openSocketTo(NOBODY, path), new RegExp(`^join .*: usermod -aG ${group} nobody `));
  const uid = process.getuid?.() ?? 0;
  assert.match(openSocketTo(uid, path), new RegExp(` is in the group ${group} of the socket, but`));
});

/** Returns /etc/group, in which the number of one group is GID. */
function groups(gid: number): string {
  return readFileSync("/etc/group", "utf8").replaceAll(`:${gid}:`, ":GID:");
}

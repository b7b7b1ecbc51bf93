import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findProgramFile, packageOf } from "./program-version.ts";

const ROOT = mkdtempSync(join(tmpdir(), `bailiff-dpkg-${process.pid}-`));
after(() => rmSync(ROOT, { recursive: true }));

mkdirSync(join(ROOT, "info"));
writeFileSync(join(ROOT, "info", "openssh-client.list"), "/.\n/usr/bin/ssh\n/usr/sbin/sshd-not\n");
writeFileSync(join(ROOT, "info", "openssh-server:amd64.list"), "/.\n/usr/sbin\n/usr/sbin/sshd\n");
writeFileSync(join(ROOT, "info", "old.list"), "/.\n/bin/old\n");
writeFileSync(
  join(ROOT, "status"),
  `Package: openssh-client
Version: 1:1.0

Package: openssh-server
Status: install ok installed
Version: 1:9.2p1-2
Description: a server
 Version: not this one

Package: old
Version: 3
`,
);

test("the package of a file, and its version", async () => {
  assert.deepEqual(await packageOf("/usr/sbin/sshd", ROOT), {
    name: "openssh-server",
    version: "1:9.2p1-2",
  });
  assert.deepEqual(await packageOf("/usr/bin/old", ROOT), { name: "old", version: "3" });
  assert.equal(await packageOf("/usr/local/sbin/sshd", ROOT), undefined);
  assert.equal(await packageOf("/usr/sbin/sshd", join(ROOT, "nowhere")), undefined);
});

test("a program is identified by its file: its path, and whether it is unchanged", () => {
  const shell = findProgramFile(["no-such-program", "sh"]);
  assert.match(shell?.path ?? "", /\/sh$/);
  assert.equal(findProgramFile(["sh"])?.identity, shell?.identity);
  assert.notEqual(findProgramFile(["ls"])?.identity, shell?.identity);
  assert.equal(findProgramFile(["no-such-program"]), undefined);
});

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { parsePortNames, readPortNames } from "./port-names.ts";

test("names and aliases are read with their protocols; other lines are ignored", () => {
  const names = parsePortNames(
    "# comment\nssh\t22/tcp\ndomain 53/tcp\ndomain 53/udp # name\nsip 5060/sctp\nx 0/tcp\ny 70000/tcp\nhttp 80/tcp www web\nbroken\n",
  );
  assert.deepEqual(names.get("ssh"), [{ protocol: "tcp", number: 22 }]);
  assert.deepEqual(names.get("domain"), [
    { protocol: "tcp", number: 53 },
    { protocol: "udp", number: 53 },
  ]);
  assert.deepEqual(names.get("web"), [{ protocol: "tcp", number: 80 }]);
  assert.deepEqual([...names.keys()], ["ssh", "domain", "http", "www", "web"]);
});

test("the host's file takes precedence over the built-in table, which replaces a missing file", async () => {
  const directory = await mkdtemp(join(tmpdir(), `bailiff-ports-${process.pid}-`));
  try {
    const path = join(directory, "services");
    await writeFile(path, "ssh 2222/tcp\n");
    const read = await readPortNames(path);
    assert.deepEqual(read.get("ssh"), [{ protocol: "tcp", number: 2222 }]);
    assert.deepEqual(read.get("imap"), [{ protocol: "tcp", number: 143 }]);
    const missing = await readPortNames(join(directory, "absent"));
    assert.deepEqual(missing.get("ssh"), [{ protocol: "tcp", number: 22 }]);
  } finally {
    await rm(directory, { recursive: true });
  }
});

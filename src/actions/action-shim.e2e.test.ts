/** Tests the replacement of fail2ban's package in a Python without it: -S leaves out packages of the distribution. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findProgram } from "../host/process/find-program.ts";
import { JsonChild } from "../host/process/json-child.ts";

const SHIM = join(import.meta.dirname, "action-shim.py");
const folder = mkdtempSync(join(tmpdir(), `bailiff-shim-${process.pid}-`));

after(() => rmSync(folder, { recursive: true }));

const ACTION = `import sys
from fail2ban.server.actions import ActionBase, CallingMap
from fail2ban.helpers import getLogger


class Own(ActionBase):
    def __init__(self, jail, name, word="w"):
        super(Own, self).__init__(jail, name)
        self.values = CallingMap(jailname=jail.name, bantime=lambda: jail.actions.getBanTime())
        self.norestored = 1
        self.word = word

    def ban(self, aInfo):
        aInfo.update(self.values)
        print("to nobody")
        raise RuntimeError("%(jailname)s %(ip)s %(bantime)s" % aInfo + self.word)

    def unban(self, aInfo):
        sys.exit(3)


Action = Own
`;

test("a Python action is loaded and called, and every outcome is reported", async () => {
  const python = findProgram("python3");
  assert.ok(python !== undefined, "python3 is there");
  const path = join(folder, "own-action.py");
  writeFileSync(path, ACTION);
  const child = new JsonChild({ argv: [python, "-I", "-S", "-B", SHIM, path], env: {} });
  const load = { call: "load", jail: "j", name: "own", bantime: 60, options: { word: "!" } };
  assert.deepEqual(await child.ask(load, 60_000), {
    ok: true,
    value: { ok: true, is: { norestored: true, flush: false, reload: false, prolong: false } },
  });
  const ban = { call: "ban", facts: { ip: "192.0.2.1", "F-*": {} } };
  assert.deepEqual(await child.ask(ban, 60_000), {
    ok: true,
    value: { ok: false, error: "RuntimeError: j 192.0.2.1 60!" },
  });
  const unban = await child.ask({ call: "unban", facts: {} }, 60_000);
  assert.deepEqual(unban, { ok: true, value: { ok: false, error: "it wants to exit: 3" } });
  const started = await child.ask({ call: "start" }, 60_000);
  assert.ok(started.ok, "it lives on");
  child.close();
  assert.ok(child.gone);
});

test("a file without an action, and an action that never answers, are reported", async () => {
  const python = findProgram("python3");
  assert.ok(python !== undefined);
  const load = { call: "load", jail: "j", name: "x", bantime: 60, options: {} };
  const empty = join(folder, "empty.py");
  writeFileSync(empty, "");
  const none = new JsonChild({ argv: [python, "-I", "-S", SHIM, empty], env: {} });
  assert.deepEqual(await none.ask(load, 60_000), {
    ok: true,
    value: { ok: false, error: "RuntimeError: it has no class Action" },
  });
  none.close();
  const late = join(folder, "late.py");
  writeFileSync(late, "import time\ntime.sleep(60)\n");
  const hangs = new JsonChild({ argv: [python, "-I", "-S", SHIM, late], env: {} });
  const answer = await hangs.ask(load, 500);
  assert.deepEqual(answer, { ok: false, error: "took longer than 0.5 s and was stopped" });
  assert.ok(hangs.gone);
});

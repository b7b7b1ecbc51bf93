/** Named actions with real programs, and a real socket that takes records. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isAlive } from "../host/process/is-alive.fixture.ts";
import { openGround } from "./named-actions.fixture.ts";

const FOLDER = mkdtempSync(join(tmpdir(), `bailiff-actions-${process.pid}-`));
after(() => rmSync(FOLDER, { recursive: true }));

/** Writes a program that appends its arguments, each in brackets, to `output`. */
function writeProgram(name: string, then = ""): { path: string; output: string } {
  const [path, output] = [join(FOLDER, name), join(FOLDER, `${name}.out`)];
  writeFileSync(output, "");
  writeFileSync(path, `#!/bin/sh\nprintf '[%s]' "$@" >>${output}\necho >>${output}\n${then}\n`);
  chmodSync(path, 0o755);
  return { path, output };
}

function linesOf(path: string): readonly string[] {
  return readFileSync(path, "utf8").split("\n").slice(0, -1);
}

test("a command runs for each ban and unban, with text of clients as one argument", async () => {
  const { path, output } = writeProgram("both");
  await using ground = await openGround(`
    [actions.ops]
    kind = "command"
    ban = ["${path}", "{change}", "{ip}", "{jail}", "{user}", "{failures}"]
    unban = ["${path}", "{change}", "{ip}"]
    [defaults]
    actions = ["ops"]
    [jails.sshd]
    [jails.dovecot]
    actions = []
  `);
  const user = "$(touch /tmp/owned) 'x' \"y\"\n--help";
  ground.ban("192.0.2.7", {
    lines: [
      { line: "a", user: "root" },
      { line: "b", user },
    ],
  });
  ground.ban("192.0.2.8", { jail: "dovecot" });
  await ground.until(() => linesOf(output).length === 1, "the ban");
  ground.unban("192.0.2.7");
  await ground.until(() => linesOf(output).length === 2, "the unban");
  await ground.actions.close();
  assert.deepEqual(linesOf(output), [
    `[ban][192.0.2.7][sshd][$(touch /tmp/owned) 'x' "y"\\u000a--help][2]`,
    "[unban][192.0.2.7]",
  ]);
  assert.deepEqual(
    ground.events.map(({ event }) => event),
    ["ban", "ban", "unban"],
  );
});

test("a ban that ends before its command runs is never passed on", async () => {
  const { path, output } = writeProgram("slow", `while [ ! -e ${FOLDER}/go ]; do sleep 0.02; done`);
  await using ground = await openGround(`
    [actions.ops]
    kind = "command"
    ban = ["${path}", "ban", "{ip}"]
    unban = ["${path}", "unban", "{ip}"]
    parallel = 2
    [jails.sshd]
    actions = ["ops"]
  `);
  for (let i = 1; i <= 4; i++) ground.ban(`192.0.2.${i}`);
  await ground.until(() => linesOf(output).length === 2, "two commands");
  for (let i = 1; i <= 4; i++) ground.unban(`192.0.2.${i}`);
  writeFileSync(join(FOLDER, "go"), "");
  await ground.until(() => linesOf(output).length === 4, "two unbans");
  await ground.actions.close();
  assert.deepEqual(linesOf(output).toSorted(), [
    ...["[ban][192.0.2.1]", "[ban][192.0.2.2]", "[unban][192.0.2.1]", "[unban][192.0.2.2]"],
  ]);
});

test("a command has a time limit, and its process group ends with it", async () => {
  const { path, output } = writeProgram("hang", "sleep 1000 & echo $! >>$0.pid; wait");
  await using ground = await openGround(`
    [actions.ops]
    kind = "command"
    ban = ["${path}"]
    timeout = "200ms"
    [jails.sshd]
    actions = ["ops"]
  `);
  ground.ban("192.0.2.7");
  await ground.until(() => ground.actions.failing("sshd").length > 0, "the failure");
  const [failing] = ground.actions.failing("sshd");
  assert.ok(failing !== undefined && "command" in failing);
  assert.deepEqual([failing.action, failing.command], ["ops", "ban"]);
  assert.match(failing.reason, /^took longer than 0\.2 s and was stopped/);
  await ground.actions.close();
  assert.equal(linesOf(output).length, 1);
  const [pid] = linesOf(`${path}.pid`);
  await ground.until(() => !isAlive(Number(pid)), "the end of its background process");
});

test("a command that is missing is tried again, reported and shown with its reason", async () => {
  await using ground = await openGround(`
    [actions.ops]
    kind = "command"
    ban = ["${FOLDER}/missing"]
    [jails.sshd]
    actions = ["ops"]
  `);
  ground.ban("192.0.2.7");
  await ground.until(() => ground.actions.failing("sshd").length > 0, "the failure");
  assert.match(ground.actions.failing("sshd")[0]?.reason ?? "", /no such file or directory/);
});

test("an unchanged action keeps running over a reload; one that no jail names is closed", async () => {
  const { path, output } = writeProgram("reload");
  const ops = `[actions.ops]\nkind = "command"\nban = ["${path}", "{ip}"]\n`;
  await using ground = await openGround(`${ops}[jails.sshd]\nactions = ["ops"]\n`);
  ground.ban("192.0.2.1");
  await ground.apply(`${ops}[jails.sshd]\nactions = ["ops"]\nmaxretry = 9\n`);
  ground.ban("192.0.2.2");
  await ground.until(() => linesOf(output).length === 2, "both bans");
  await ground.apply(`${ops}[jails.sshd]\n`);
  ground.ban("192.0.2.3");
  await ground.actions.close();
  assert.deepEqual(linesOf(output), ["[192.0.2.1]", "[192.0.2.2]"]);
});

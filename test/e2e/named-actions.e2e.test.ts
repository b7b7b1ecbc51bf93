/** Named actions of the real daemon: a command, a report, and an action that fails in doctor, status and the bundle. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  failures,
  openStage,
  type Running,
  type Stage,
  THREE_STRIKES,
  untilTrue,
} from "./stage.ts";

const PORT = 8090;
const KEY = "SECRET-KEY-0123456789";
/** A server in the lab's network that takes reports, and prints each form. */
const RECEIVER = `
  const { createServer } = require("node:http");
  createServer((request, response) => {
    let text = "";
    request.on("data", (part) => { text += part; });
    request.on("end", () => { response.end("{}"); console.log(request.headers.key + " " + text); });
  }).listen(${PORT}, "127.0.0.1", () => console.log("ready"));
`;

let stage: Stage;
let receiver: Running;
let output: string;
let keyFile: string;

before(async () => {
  stage = await openStage({ sshd: "none" });
  receiver = stage.lab.start("host", [process.execPath, "--eval", RECEIVER]);
  assert.ok((await receiver.until("ready")) !== undefined);
  const program = join(stage.lab.folder, "program");
  output = join(stage.lab.folder, "output");
  writeFileSync(program, `#!/bin/sh\necho "$@" >>${output}\n`);
  chmodSync(program, 0o755);
  keyFile = join(stage.lab.folder, "abuse.key");
  writeFileSync(keyFile, KEY, { mode: 0o600 });
  stage.configure(`${THREE_STRIKES}
actions = ["ops", "abuse"]
[actions.ops]
kind = "command"
ban = ["${program}", "ban", "{ip}", "{user}"]
unban = ["${program}", "unban", "{ip}"]
[actions.abuse]
kind = "abuseipdb"
key_file = "${keyFile}"
url = "http://127.0.0.1:${PORT}/api/v2/report"
`);
  await stage.start();
});

after(() => stage[Symbol.asyncDispose]());

test("a detected ban runs the command and is reported; a ban by hand only runs the command", async () => {
  stage.write(failures("192.0.2.7", 3));
  const form = await receiver.until({ test: (line) => line.includes("ip=192.0.2.7") });
  assert.match(
    form ?? "",
    new RegExp(`^${KEY} ip=192\\.0\\.2\\.7&categories=18%2C22&comment=3\\+fa`),
  );
  await stage.untilEvent("ban-reported", { jail: "sshd", ip: "192.0.2.7", action: "abuse" });
  await stage.bailiff("ban", "192.0.2.8", "--jail", "sshd");
  await stage.bailiff("unban", "192.0.2.7");
  const lines = (): readonly string[] =>
    existsSync(output) ? readFileSync(output, "utf8").split("\n").slice(0, -1) : [];
  await untilTrue(() => lines().length === 3, "three commands");
  assert.deepEqual(
    lines()
      .map((line) => line.replace(/^(ban \S+).*/, "$1"))
      .toSorted(),
    [...["ban 192.0.2.7", "ban 192.0.2.8", "unban 192.0.2.7"]],
  );
  const doctor = await stage.bailiff("doctor", "sshd");
  assert.match(doctor.output, /none of its actions fails; abuse: 1 report today/);
  assert.equal(receiver.lines.filter((line) => line.includes("ip=")).length, 1);
});

test("an action that fails shows in doctor and status with its reason; no output has the key", async () => {
  chmodSync(keyFile, 0o644);
  stage.write(failures("192.0.2.9", 3));
  await stage.untilEvent("action-failed", { action: "abuse", command: "report" });
  await untilTrue(async () => {
    await stage.ask("doctor", {});
    return stage.events("jail-degraded").length > 0;
  }, "the jail is degraded");
  const doctor = await stage.bailiff("doctor", "sshd");
  assert.match(
    doctor.output,
    /action abuse failed, since \S+: other users may read \S+abuse\.key: chmod 600 \S+/,
  );
  const status = await stage.bailiff("status");
  assert.match(status.output, /degraded/);
  const bundle = join(stage.lab.folder, "bundle.json");
  await stage.bailiff("doctor", "--bundle", bundle);
  const texts = [readFileSync(bundle, "utf8"), stage.daemon.lines.join("\n"), doctor.output];
  for (const text of texts) assert.doesNotMatch(text, /SECRET/);
});

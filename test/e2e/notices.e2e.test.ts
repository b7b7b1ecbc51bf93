/** Faults and recoveries of the real daemon are posted to a webhook; its URL stays secret. */
import assert from "node:assert/strict";
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openStage, type Running, type Stage, THREE_STRIKES, untilTrue } from "./stage.ts";

const PORT = 8089;
const URL_TEXT = `http://127.0.0.1:${PORT}/T0/SECRET-TOKEN`;
/** A server in the lab's network that prints the text of every post. */
const RECEIVER = `
  const { createServer } = require("node:http");
  createServer((request, response) => {
    let text = "";
    request.on("data", (part) => { text += part; });
    request.on("end", () => { response.end(); console.log(JSON.parse(text).text); });
  }).listen(${PORT}, "127.0.0.1", () => console.log("ready"));
`;

let stage: Stage;
let receiver: Running;

before(async () => {
  stage = await openStage({ sshd: "none" });
  receiver = stage.lab.start("host", [process.execPath, "--eval", RECEIVER]);
  assert.ok((await receiver.until("ready")) !== undefined);
  stage.configure(`${THREE_STRIKES}
[notify.webhook]
url = "${URL_TEXT}"
min_interval = "1s"
`);
  await stage.start();
});

after(() => stage[Symbol.asyncDispose]());

test("one notice reports that a jail is blind, another that it protects again", async () => {
  const aside = `${stage.log}.aside`;
  renameSync(stage.log, aside);
  await stage.ask("doctor", {});
  await stage.untilEvent("jail-failed", { jail: "sshd" });
  const told = await receiver.until({ test: (line) => line.includes("sshd is blind: ") });
  assert.match(told ?? "", /^bailiff on \S+: sshd is blind: .+ \(to do: .+\)$/);
  renameSync(aside, stage.log);
  // Each request runs the checks.
  await untilTrue(async () => {
    await stage.ask("doctor", {});
    return stage.events("jail-ok").some(({ before: was }) => was === "blind");
  }, "it protects again");
  const well = await receiver.until({ test: (line) => line.includes("sshd is protecting") });
  assert.match(well ?? "", /: sshd is protecting: it was blind$/);
});

test("the URL is in no log and no support bundle", async () => {
  const bundle = join(stage.lab.folder, "bundle.json");
  await stage.bailiff("doctor", "--bundle", bundle);
  assert.doesNotMatch(readFileSync(bundle, "utf8"), /SECRET/);
  assert.doesNotMatch(stage.daemon.lines.join("\n"), /SECRET/);
  const checked = await stage.bailiff("check");
  assert.doesNotMatch(checked.output, /SECRET/);
});

test("a reload changes or removes the URL", async () => {
  stage.configure(`${THREE_STRIKES}
[notify.webhook]
url = "http://127.0.0.1:1/T0/SECRET-TOKEN"
`);
  await stage.bailiff("reload");
  await stage.untilEvent("config-loaded");
  renameSync(stage.log, `${stage.log}.aside`);
  await stage.ask("doctor", {});
  const failed = await stage.untilEvent("notice-failed");
  assert.equal(failed["to"], "http://127.0.0.1:1/…");
  assert.match(String(failed["reason"]), /connection refused/);
  renameSync(`${stage.log}.aside`, stage.log);
});

/** The doctor on a healthy host, on broken ones, and without a daemon; and the content of a support bundle. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { failures, openStage, type Stage, THREE_STRIKES, untilTrue } from "./stage.ts";

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "none" });
});
after(() => stage[Symbol.asyncDispose]());

test("without a daemon it reports that, and what it would check", async () => {
  const told = await stage.bailiff("doctor");
  assert.equal(told.code, 69);
  assert.match(
    told.output,
    /^The daemon does not answer, so whether this host is protected is unknown\./,
  );
  assert.match(
    told.output,
    /✗ daemon .*\n +to do: if it is not running, start it: systemctl start bailiff/,
  );
  assert.match(told.output, /✓ configuration/);
  stage.configure(THREE_STRIKES.replace("maxretry", "maxretries"));
  const broken = await stage.bailiff("doctor");
  assert.equal(broken.code, 69);
  assert.match(broken.output, /✗ configuration .*maxretries/);
  stage.configure(THREE_STRIKES);
});

test("on a healthy host every required link is proven, with a time", async () => {
  const began = Date.now();
  await stage.start();
  await untilTrue(async () => (await stage.bailiff("doctor")).code === 0, "all protect");
  const text = (await stage.bailiff("doctor", "sshd")).output;
  assert.match(text, /^sshd: protecting/);
  assert.match(text, /✓ source +reads file /);
  assert.match(text, /✓ firewall/);
  assert.match(text, /No check failed\.\nNot verified: sshd \(.*canary/);
  const reply = await stage.ask("doctor", {});
  const links = reply.jails[0]?.links ?? [];
  for (const { verdict, at } of links) {
    if (verdict === "proven") assert.ok(Date.parse(at ?? "") >= began);
  }
  const json = await stage.bailiff("doctor", "--json");
  assert.equal(JSON.parse(json.output).state, "protecting");
});

test("a broken link is reported with cause and fix, and the state with its start", async () => {
  const aside = `${stage.log}.aside`;
  renameSync(stage.log, aside);
  await untilTrue(async () => (await stage.bailiff("doctor")).code === 1, "it is noticed");
  const [jail] = (await stage.ask("doctor", {})).jails;
  assert.equal(jail?.state, "blind");
  assert.ok(jail.cause !== null && jail.fix !== null);
  const event = await stage.untilEvent("jail-failed", { jail: "sshd" });
  assert.equal(event["state"], "blind");
  const [again] = (await stage.ask("doctor", {})).jails;
  assert.equal(again?.since, jail.since);
  const text = (await stage.bailiff("doctor")).output;
  assert.match(text, /✗ .*\n +to do: /);
  assert.match(text, /^sshd: blind /m);
  renameSync(aside, stage.log);
  await untilTrue(async () => (await stage.bailiff("doctor")).code === 0, "it is well again");
  await stage.untilEvent("jail-ok", { jail: "sshd", before: "blind" });
  const audit = await stage.ask("audit", { limit: 10 });
  assert.ok(audit.some(({ action, detail }) => action === "state" && /blind/.test(detail)));
});

test("a jail whose program writes no log is blind, with the searched logs", async () => {
  const filters = join(stage.lab.folder, "filters");
  mkdirSync(filters);
  const filter = `name = "absent"
programs = ["absentd"]
files = ["/nowhere/absent.log"]
[[rule]]
id = "failed"
is = "failure"
line = "failed from {ip}"
`;
  writeFileSync(join(filters, "absent.toml"), filter);
  const directories = `[filters]\ndirectories = [${JSON.stringify(filters)}]\n`;
  stage.configure(`${directories}${THREE_STRIKES}[jails.absent]\n`);
  await stage.ask("reload", {});
  const failed = await stage.untilEvent("jail-failed", { jail: "absent", cause: "no-log" });
  assert.equal(failed["state"], "blind");
  assert.match(String(failed["reason"]), /\/nowhere\/absent\.log/);
  assert.match(String(failed["fix"]), /\[jails\.absent\]/);
  stage.configure(THREE_STRIKES);
  await stage.ask("reload", {});
});

test("a command that keeps failing without a line never protects, however often it starts (invariant 11)", async () => {
  const source = 'source = { command = ["/bin/sh", "-c", "sleep 0.5; echo boom >&2; exit 3"] }';
  stage.configure(`${THREE_STRIKES}[jails.web]\nfilter = "nginx"\n${source}\n`);
  await stage.ask("reload", {});
  const states = new Set<string>();
  const times = new Set<string>();
  await untilTrue(async () => {
    const jail = (await stage.ask("doctor", {})).jails.find(({ name }) => name === "web");
    states.add(jail?.state ?? "missing");
    if (jail?.state === "blind") times.add(jail.since);
    return / exit code 3: boom \([4-9] times in a row\)$/.test(jail?.reason ?? "");
  }, "it failed four times");
  // A reader that starts is seen or not, as it happens.
  states.delete("starting");
  assert.deepEqual([...states], ["blind"]);
  assert.equal(times.size, 1, "blind without interruption");
  stage.configure(THREE_STRIKES);
  await stage.ask("reload", {});
});

test("a support bundle contains diagnostics and no secrets", async () => {
  const file = join(stage.lab.folder, "bundle.json");
  const told = await stage.bailiff("doctor", "--bundle", file);
  assert.equal(told.code, 0);
  const text = readFileSync(file, "utf8");
  const bundle = JSON.parse(text);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(bundle.daemon.doctor.jails[0].name, "sshd");
  assert.equal(bundle.daemon.audit.intact, true);
  assert.ok(bundle.daemon.events.some(({ event }: { event: string }) => event === "jail-failed"));
  assert.equal(bundle.configuration.jails[0].maxretry, 3);
  assert.match(bundle.firewall, /chain guard/);
  assert.ok(bundle.versions.kernel.startsWith("linux"));
  const refused = await stage.bailiff("doctor", "--bundle", "/proc/nowhere/x");
  assert.notEqual(refused.code, 0);
  assert.match(refused.output, /cannot create/);
});

test("a support bundle contains no commands and no text that users typed", async () => {
  const secret = "hunter2-of-the-test";
  const action = `[[jails.sshd.actions]]
name = "cloud"
ban = "echo ${secret} >&2; exit 1 # ${secret}"
properties = { key = "${secret}" }
`;
  const commands = `[jails.web]
filter = "sshd"
enforcer = "memory"
source = { command = ["/bin/sh", "-c", "sleep 1000 # ${secret}"] }
`;
  stage.configure(THREE_STRIKES + action + commands);
  await stage.ask("reload", {});
  await stage.bailiff("ban", "203.0.113.77", "--jail", "sshd", "--reason", secret);
  await stage.untilEvent("action-failed", { jail: "sshd" });
  stage.configure(`${THREE_STRIKES}[jails.web]\nignorecommand = ["${secret}"]\n`);
  await stage.bailiff("reload");
  await stage.untilEvent("config-refused");
  const file = join(stage.lab.folder, "commands.json");
  assert.equal((await stage.bailiff("doctor", "--bundle", file)).code, 0);
  const text = readFileSync(file, "utf8");
  assert.match(text, /action-failed/);
  assert.match(text, /config-refused/);
  assert.deepEqual(
    text.split("\n").filter((line) => line.includes(secret)),
    [],
  );
  stage.configure(THREE_STRIKES);
  await stage.ask("reload", {});
});

test("the time of the last line survives a restart", async () => {
  const began = Date.now();
  stage.write(failures("192.0.2.99", 1));
  await stage.untilEvent("failure", { ip: "192.0.2.99" });
  await stage.ask("doctor", {});
  await stage.stop();
  await stage.start();
  const [jail] = (await stage.ask("status", {})).jails;
  const last = jail?.sources[0]?.last_line_at;
  assert.ok(typeof last === "string" && Date.parse(last) >= began, String(last));
  const { output } = await stage.bailiff("doctor");
  assert.match(
    output,
    /the newest line of sshd was read|(?:the last one before was|the last line of sshd came) (?:\d+m )?(?:\d+m?s? ago|just now)/,
  );
  assert.doesNotMatch((await stage.bailiff("status")).output, /never/);
  await stage.stop();
});

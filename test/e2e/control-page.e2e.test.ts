/**
 * A client written from docs/reference/control.md alone does what the commands do: every request of the page is sent,
 * and every answer has the shape that the page gives it.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Answer, PlainClient } from "./control-page/plain-client.ts";
import { type PageRequest, readPage } from "./control-page/read-page.ts";
import { findFaults, namedShape } from "./control-page/shapes.ts";
import { failures, logLine, openStage, type Stage } from "./stage.ts";

const { requests, shapes } = readPage();
/** Requests that were answered without an error. */
const answered = new Set<string>();

const CONFIG = `[filters]
directories = ["FILTERS"]

[defaults]
maxretry = 3
ignoreip = ["198.51.100.0/24"]
increment = { enabled = false }

[notify.ops]
kind = "webhook"
url = "http://127.0.0.1:1/"

[jails.sshd]
`;
const FROM = "203.0.113.9";

let stage: Stage;
let client: PlainClient;
let filters = "";

before(async () => {
  stage = await openStage({ sshd: "none" });
  filters = join(stage.lab.folder, "filters");
  mkdirSync(filters);
  stage.configure(CONFIG.replace("FILTERS", filters));
  await stage.start();
  client = await PlainClient.open(stage.socket);
});

after(async () => {
  client.socket.destroy();
  await stage[Symbol.asyncDispose]();
});

function onPage(command: string): PageRequest {
  const request = requests.find(({ name }) => name === command);
  assert.ok(request !== undefined, `${command} is on the page`);
  return request;
}

/** The value of the answer, once it was compared with the page. */
async function ask<Value = Readonly<Record<string, unknown>>>(
  command: string,
  input: object = {},
): Promise<Value> {
  const { kind, shape } = onPage(command);
  const answer = await client.request(command, input);
  assert.ok(answer.ok, JSON.stringify(answer));
  const type = namedShape(shape);
  const promised = kind === "one" ? type : ({ kind: "list", of: type } as const);
  assert.deepEqual(findFaults(answer.value, promised, shapes, command), []);
  answered.add(command);
  return answer.value as Value;
}

async function refused(command: string, input: object = {}): Promise<string> {
  const answer: Answer = await client.request(command, input);
  assert.ok(!answer.ok, `${command} ${JSON.stringify(answer)}`);
  assert.deepEqual(Object.keys(answer.error).toSorted(), ["code", "hint", "message"]);
  return `${answer.error.code}: ${answer.error.message}`;
}

test("version, status, doctor, verify and support answer as documented", async () => {
  const { version } = await ask("version");
  stage.write(failures("192.0.2.1", 1));
  await stage.untilEvent("failure", { ip: "192.0.2.1" });
  assert.equal((await ask("status"))["version"], version);
  await ask("status", { jail: "sshd" });
  await ask("doctor");
  assert.equal((await ask("verify", { jail: "sshd" }))["jail"], "sshd");
  await ask("support");
  assert.match(await refused("status", { jail: "nowhere" }), /^unknown-jail: /);
});

test("a ban is made, explained, extended, lifted and kept in the history", async () => {
  stage.write(failures(FROM, 3));
  await stage.untilBlocked(FROM);
  const bans = await ask<readonly { subject: string }[]>("bans", { jail: "sshd" });
  const page = await ask<{ found: number; bans: readonly { subject: string }[] }>("find_bans", {
    search: FROM,
    limit: 1,
  });
  assert.deepEqual([page.found, page.bans], [1, bans]);
  assert.deepEqual(
    bans.map(({ subject }) => subject),
    [FROM],
  );
  assert.match(String((await ask("why", { subject: FROM }))["verdict"]), /^banned/);
  const [longer] = await ask<readonly { outcome: string }[]>("ban", {
    ...{ subject: FROM, jail: "sshd", for: "forever", reason: "tested" },
  });
  assert.equal(longer?.outcome, "extended");
  const two = await ask<readonly { outcome: string; jail: string }[]>("ban", {
    ...{ subject: ["192.0.2.40", "198.51.100.4"], for: 60_000 },
  });
  assert.deepEqual(
    two.map(({ outcome, jail }) => [outcome, jail]),
    [
      ["banned", "manual"],
      ["allow-listed", "manual"],
    ],
  );
  const [own] = await ask<readonly { outcome: string }[]>("ban", {
    ...{ subject: "192.0.2.0/24", peer: "192.0.2.41" },
  });
  assert.equal(own?.outcome, "needs-force");
  const lifted = await ask("unban", { subjects: [FROM], all: false, reason: "tested" });
  assert.deepEqual(lifted, [{ subject: FROM, jail: "sshd" }]);
  assert.deepEqual(await ask("unban", { subjects: [FROM], all: false, jail: "sshd" }), []);
  assert.ok(!(await stage.blocked()).includes(FROM), "it took effect before it was answered");
  const past = await ask<readonly unknown[]>("history", { subject: FROM, jail: "sshd", limit: 10 });
  assert.equal(past.length, 1, "an extended ban is one");
  assert.equal((await ask<readonly unknown[]>("audit", { limit: 2 })).length, 2);
  const { head } = await ask<{ head: string }>("verify_audit");
  const again = await ask<{ contains: boolean }>("verify_audit", { head });
  assert.equal(again.contains, true, "the head is that of an entry");
  assert.match(await refused("verify_audit", { head: "x" }), /^bad-input: /);
  assert.match(await refused("why", { subject: "localhost" }), /^no-address: /);
  const lost = { subject: FROM, jail: "sshd" };
  assert.equal((await ask("undo_unban", lost))["outcome"], "banned");
  assert.ok((await stage.blocked()).includes(FROM), "it took effect before it was answered");
  assert.deepEqual(await ask("unban", { subjects: [FROM], all: false }), [lost]);
  const never = { subject: "192.0.2.77", jail: "sshd" };
  assert.match(await refused("undo_unban", never), /^nothing-to-undo: /);
});

test("the allow-list is read and changed", async () => {
  await ask("ban", { subject: "192.0.2.50" });
  const allowed = await ask("allow", { subject: "192.0.2.50", for: 60_000, reason: "tested" });
  assert.deepEqual(allowed, { subject: "192.0.2.50", lifted: 1, replaced: [] });
  const list = await ask<readonly { subject: string }[]>("allowed", { jail: "sshd" });
  const subjects = list.map(({ subject }) => subject);
  assert.ok(subjects.includes("192.0.2.50") && subjects.includes("198.51.100.0/24"));
  const gone = await ask("disallow", { subject: ["192.0.2.50", "192.0.2.51"] });
  assert.deepEqual(gone, { removed: true, missing: ["192.0.2.51"] });
});

test("bans of another program are taken over", async () => {
  const now = Date.now();
  const bans = ["192.0.2.60", "198.51.100.6"].map((subject) => ({
    ...{ subject, jail: "sshd", at: now - 1000, until: null, failures: 3, earlier: 1 },
    ...{ past: [{ at: now - 9000, until: now - 8000 }], lines: ["a line"] },
  }));
  const { results } = await ask<{ results: readonly { outcome: string }[] }>("take_over", {
    ...{ from: "another", bans },
  });
  assert.deepEqual(
    results.map(({ outcome }) => outcome),
    ["banned", "allow-listed"],
  );
});

interface Drift {
  readonly shapes: readonly { readonly shape: string; readonly number: number }[];
}

/** The number of the unknown message that begins so, once it is known. */
async function numberOf(beginning: string): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const messages = (await ask<readonly Drift[]>("drift")).flatMap((reply) => reply.shapes);
    const found = messages.find(({ shape }) => shape.startsWith(beginning));
    if (found !== undefined) return found.number;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return assert.fail(`${beginning} is not known`);
}

test("a proposed rule is accepted, and a harmless message dismissed", async () => {
  const denied = (from: string): string =>
    logLine(`Denied password for root from ${from} port 40022 ssh2`);
  stage.write(Array.from({ length: 12 }, (_, n) => denied(`192.0.2.${n + 1}`)));
  const number = await numberOf("Denied password");
  const added = await ask("add_rule", { number, is: "failure" });
  assert.equal(added["path"], join(filters, "sshd.local.toml"));
  assert.match(readFileSync(String(added["path"]), "utf8"), /^extends = "sshd"$/m);
  stage.write(Array.from({ length: 3 }, () => denied("203.0.113.70")));
  await stage.untilBlocked("203.0.113.70");
  stage.write(
    Array.from({ length: 12 }, (_, n) => logLine(`error: relay to peer 192.0.2.${n + 1} refused`)),
  );
  await ask("add_rule", { number: await numberOf("error: relay"), is: "neutral" });
  assert.deepEqual((await ask<readonly Drift[]>("drift"))[0]?.shapes, []);
  assert.match(await refused("add_rule", { number: 999, is: "failure" }), /^unknown-message: /);
});

test("if the daemon may not write, the reply says what to write, and where", async () => {
  stage.configure(CONFIG.replace("FILTERS", "/proc/nowhere"));
  await ask("reload");
  stage.write(
    Array.from({ length: 12 }, (_, n) => logLine(`Gate refused peer from 192.0.2.${n + 1}`)),
  );
  const number = await numberOf("Gate refused peer");
  const message = await refused("add_rule", { number, is: "failure" });
  assert.match(message, /^filter-not-written: \/proc\/nowhere\/sshd\.local\.toml/);
  assert.match(message, /line = "Gate refused peer from \{ip\}"/);
  stage.configure(CONFIG.replace("FILTERS", filters));
  await ask("reload");
});

test("check answers the problems that a reload refuses, and changes nothing", async () => {
  assert.equal((await ask("check"))["ok"], true);
  const path = join(filters, "sshd.local.toml");
  const before = readFileSync(path, "utf8");
  writeFileSync(path, before.replace("{ip}", "{ipp}"));
  const wrong = await ask<{ usable: boolean; problems: readonly { path: string; line: number }[] }>(
    "check",
  );
  const [problem] = wrong.problems;
  assert.equal(wrong.usable, false);
  assert.equal(problem?.path, path);
  const refusal = await refused("reload");
  assert.match(refusal, /^bad-config: /);
  assert.ok(refusal.includes(`${path}:${problem.line}`), refusal);
  writeFileSync(path, before);
  assert.equal((await ask("check"))["usable"], true);
  assert.deepEqual(await ask("reload"), { restart_needed: [] });
});

test("events are sent until the client sends another request", async () => {
  const { shape } = onPage("follow");
  client.send({ id: 7, command: "follow", input: {} });
  // Answered after it follows: what another does now is an event.
  await untilFollowed();
  client.send({ id: 8, command: "version", input: {} });
  const last = await client.next();
  assert.deepEqual(last, { id: 7, ok: true, value: [] });
  assert.equal((await client.answer(8)).ok, true);
  answered.add("follow");

  async function untilFollowed(): Promise<void> {
    await stage.ask("ban", { subject: "192.0.2.80" });
    for (;;) {
      const message = await client.next();
      assert.ok(message !== undefined && Array.isArray(message["part"]), JSON.stringify(message));
      const faults = findFaults(message["part"], { kind: "list", of: namedShape(shape) }, shapes);
      assert.deepEqual(faults, []);
      if (message["part"].some(({ event }) => event.event === "ban")) return;
    }
  }
});

test("a rule that bans at its limit is shown, and reset", async () => {
  const limited = CONFIG.replace("maxretry", "bans_per_minute = 2\nmaxretry");
  stage.configure(limited.replace("FILTERS", filters));
  await ask("reload");
  for (const n of [90, 91, 92, 93]) stage.write(failures(`203.0.113.${n}`, 3));
  await stage.untilEvent("ban-rate-reached");
  const [breaker] = await ask<readonly { state: string }[]>("breakers");
  assert.equal(breaker?.state, "limited");
  assert.equal((await ask<readonly unknown[]>("reset_breaker", { jail: "sshd" })).length, 1);
});

test("rules are ranked by wrong bans, and counted again after a reset", async () => {
  const ranked = await ask<readonly { kind: string; bans: number }[]>("quality");
  assert.ok(ranked.some(({ kind, bans }) => kind === "rule" && bans > 0));
  const reset = await ask<readonly { jail: string }[]>("reset_quality", { jail: "sshd" });
  assert.ok(reset.length > 0);
  const left = await ask<readonly { jail: string }[]>("quality");
  assert.deepEqual(
    left.filter(({ jail }) => jail === "sshd"),
    [],
  );
});

test("statistics count what happened", async () => {
  const to = Date.now();
  const period = { from: to - 3_600_000, to, step: 1, by: "jail" };
  const { series } = await ask<{ series: readonly { totals: { bans: number | null } }[] }>(
    "stats",
    period,
  );
  assert.ok(series.some(({ totals }) => (totals.bans ?? 0) > 0));
});

test("metrics are answered", async () => {
  const metrics = await ask<readonly { name: string }[]>("metrics");
  assert.ok(metrics.some(({ name }) => name === "bailiff_up"));
});

test("campaigns and suspected compromises are listed, and acknowledged", async () => {
  assert.deepEqual(await ask("campaigns"), []);
  assert.deepEqual(await ask("acknowledge"), []);
});

test("a test message says whether the channel's service took it", async () => {
  const { delivered, to } = await ask<{ delivered: boolean; to: string }>("notify_test", {
    channel: "ops",
  });
  assert.deepEqual([delivered, to.startsWith("http://127.0.0.1:1")], [false, true], to);
  assert.match(await refused("notify_test", { channel: "other" }), /^unknown-channel: /);
});

test("stop is answered before the daemon ends, and every documented request was tried", async () => {
  assert.deepEqual(await ask("stop", { unban: true }), { stopping: true });
  await stage.daemon.ended;
  assert.deepEqual(await stage.blocked(), []);
  assert.ok(!existsSync(stage.socket));
  assert.deepEqual([...answered].toSorted(), requests.map(({ name }) => name).toSorted());
});

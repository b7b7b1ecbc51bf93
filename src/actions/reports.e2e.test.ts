/** Reports of bans to a real HTTP server, which answers as the documentation of each service says. */
import assert from "node:assert/strict";
import { once } from "node:events";
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { AlarmClock } from "../domain/clock.ts";
import { instant } from "../domain/instant.ts";
import { systemClock } from "../host/system-clock.ts";
import { openBook } from "../record/open-book.ts";
import { type Ground, openGround } from "./named-actions.fixture.ts";

const KEY = "0123456789abcdef-SECRET-KEY";
const FOLDER = mkdtempSync(join(tmpdir(), `bailiff-reports-${process.pid}-`));
const KEY_FILE = join(FOLDER, "key");
writeFileSync(KEY_FILE, `${KEY}\n`, { mode: 0o600 });
after(() => rmSync(FOLDER, { recursive: true }));

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Answer = (response: ServerResponse) => void;

interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
}

/** `answers`: how each request is answered, in order; the last one for all further ones. */
async function openReceiver(...answers: readonly [Answer, ...Answer[]]): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => void (body += part));
    request.on("end", () => {
      const answer = answers[received.length] ?? answers.at(-1);
      received.push({ headers: request.headers, body });
      answer?.(response);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return {
    ...{ url: `http://127.0.0.1:${port}/api/v2/report`, received },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

const ACCEPTED = json(200, { data: { ipAddress: "203.0.113.7", abuseConfidenceScore: 52 } });

function refused(status: number, detail: string, more: object = {}): Answer {
  return json(status, { errors: [{ detail, status, ...more }] });
}

function abuseipdb(url: string, more = ""): string {
  return `
    [actions.abuse]
    kind = "abuseipdb"
    key_file = "${KEY_FILE}"
    url = "${url}"
    ${more}
    [defaults]
    actions = ["abuse"]
    [jails.sshd]
    [jails.watched]
    filter = "sshd"
    enforcer = "memory"
  `;
}

const LINES = [
  {
    line: "Nov 23 12:00:01 web1 sshd[1]: Failed password for alice from 203.0.113.7",
    user: "alice",
  },
];

function reported({ events }: Ground): number {
  return events.filter(({ event }) => event === "ban-reported").length;
}

function failures({ events }: Ground): readonly string[] {
  return events.flatMap((one) => (one.event === "action-failed" ? [one.reason] : []));
}

test("a detected ban is reported with its categories, without names of users and hosts", async () => {
  await using receiver = await openReceiver(ACCEPTED);
  await using ground = await openGround(abuseipdb(receiver.url));
  ground.ban("203.0.113.7", { lines: LINES });
  await ground.until(() => reported(ground) === 1, "the report");
  const [{ headers, body } = assert.fail()] = receiver.received;
  assert.equal(headers["key"], KEY);
  assert.equal(headers["accept"], "application/json");
  assert.equal(headers["content-type"], "application/x-www-form-urlencoded");
  const form = new URLSearchParams(body);
  assert.deepEqual([...form.keys()], ["ip", "categories", "comment", "timestamp"]);
  assert.equal(form.get("ip"), "203.0.113.7");
  assert.equal(form.get("categories"), "18,22");
  assert.match(form.get("comment") ?? "", /^1 failed attempt \(ssh\) at \d{4}-\S+Z, reported auto/);
  assert.match(form.get("timestamp") ?? "", /^\d{4}-\d\d-\d\dT\S+Z$/);
  assert.doesNotMatch(body, /alice|web1/);
  assert.deepEqual(ground.actions.describe("sshd"), ["abuse: 1 report today"]);
  assert.doesNotMatch(JSON.stringify(ground.events), /SECRET/);
});

test("lines are sent on request", async () => {
  await using receiver = await openReceiver(ACCEPTED);
  await using ground = await openGround(abuseipdb(receiver.url, "lines = true"));
  ground.ban("203.0.113.7", { lines: LINES });
  await ground.until(() => reported(ground) === 1, "the report");
  const comment = new URLSearchParams(receiver.received[0]?.body).get("comment") ?? "";
  assert.match(comment, /\nNov 23 12:00:01 web1 sshd\[1\]: Failed password for alice/);
});

test("bans by hand, imported, private and observed ones are never reported", async () => {
  await using receiver = await openReceiver(ACCEPTED);
  await using ground = await openGround(abuseipdb(receiver.url));
  ground.ban("203.0.113.1", { origin: "manual" });
  ground.ban("203.0.113.2", { origin: "restored" });
  ground.ban("203.0.113.3", { origin: "fleet" });
  ground.ban("10.0.0.7");
  ground.ban("fd00::7");
  ground.ban("203.0.113.4", { jail: "watched" });
  // Which address of the network it was is not stored, and any in the text may be the client's choice.
  const line = "sshd[1]: Failed password for 2606:4700::7 from 2606:4700::8 port 22 ssh2";
  ground.ban("2606:4700::/64", { lines: [{ line }] });
  ground.ban("203.0.113.9");
  await ground.until(() => reported(ground) === 1, "the last ban");
  await ground.actions.close();
  const reportedIps = receiver.received.map(({ body }) => new URLSearchParams(body).get("ip"));
  assert.deepEqual(reportedIps, ["203.0.113.9"]);
});

test("of a banned network the address is reported that the filter found, not one in an account", async () => {
  await using receiver = await openReceiver(ACCEPTED);
  await using ground = await openGround(abuseipdb(receiver.url));
  const line = "sshd[1]: Failed password for 2606:4700::7 from [2606:4700::8]:22 ssh2";
  ground.ban("2606:4700::/64", { lines: [{ line, ip: "2606:4700::8" }] });
  await ground.until(() => reported(ground) === 1, "the report");
  assert.equal(new URLSearchParams(receiver.received[0]?.body).get("ip"), "2606:4700::8");
});

test("an address is reported once within 15 minutes, whichever jails ban it", async () => {
  await using receiver = await openReceiver(ACCEPTED);
  await using ground = await openGround(abuseipdb(receiver.url));
  for (let i = 0; i < 3; i++) {
    ground.ban("203.0.113.7");
    ground.unban("203.0.113.7");
    ground.ban("203.0.113.7");
  }
  await ground.until(() => reported(ground) === 1, "the report");
  ground.unban("203.0.113.7");
  ground.ban("203.0.113.7");
  ground.ban("203.0.113.8");
  await ground.until(() => reported(ground) === 2, "the other address");
  assert.equal(receiver.received.length, 2);
});

test("a ban that is lifted before its report is not reported", async () => {
  await using receiver = await openReceiver(json(503, {}, { "retry-after": "1" }), ACCEPTED);
  await using ground = await openGround(abuseipdb(receiver.url));
  ground.ban("203.0.113.1");
  await ground.until(() => receiver.received.length === 1, "the first try");
  ground.ban("203.0.113.2");
  ground.unban("203.0.113.1");
  await ground.until(() => reported(ground) === 1, "the second ban");
  assert.equal(new URLSearchParams(receiver.received[1]?.body).get("ip"), "203.0.113.2");
});

test("a wrong key is shown immediately, and a correct one is used without a reload", async () => {
  await using receiver = await openReceiver(refused(401, "Authentication failed."), ACCEPTED);
  const clock = stoppedClock();
  await using ground = await openGround(abuseipdb(receiver.url), { clock });
  ground.ban("203.0.113.7");
  await ground.until(() => clock.retries() === 1, "the refusal");
  const [failing = assert.fail()] = ground.actions.failing("sshd");
  assert.equal(failing.reason, "it answered 401: the key is not valid");
  assert.ok("fix" in failing && failing.fix.startsWith("check key_file"));
  clock.ring();
  await ground.until(() => reported(ground) === 1, "the report");
  assert.deepEqual(ground.actions.failing("sshd"), []);
});

test("a key that others may read, or that is missing, is not used", async () => {
  await using receiver = await openReceiver(ACCEPTED);
  const cases: readonly (readonly [name: string, prepare: (path: string) => void, RegExp])[] = [
    ["absent", () => undefined, /cannot be read: no such file or directory$/],
    [
      "open",
      (path) => writeFileSync(path, KEY, { mode: 0o644 }),
      /other users may read .*chmod 600/,
    ],
    [
      "foreign",
      (path) => {
        writeFileSync(path, KEY, { mode: 0o600 });
        chownSync(path, 65_534, 0);
      },
      /user nobody may write to .*chown root/,
    ],
    ["empty", (path) => writeFileSync(path, "\n", { mode: 0o600 }), /is empty/],
    [
      "lines",
      (path) => writeFileSync(path, `${KEY}\n${KEY}`, { mode: 0o600 }),
      /not contain a key/,
    ],
  ];
  for (const [name, prepare, expected] of cases) {
    const path = join(FOLDER, name);
    prepare(path);
    await using ground = await openGround(abuseipdb(receiver.url).replace(KEY_FILE, path));
    ground.ban("203.0.113.7");
    await ground.until(() => ground.actions.failing("sshd").length === 1, name);
    assert.match(ground.actions.failing("sshd")[0]?.reason ?? "", expected);
    assert.doesNotMatch(JSON.stringify(ground.events), /SECRET/);
  }
  assert.equal(receiver.received.length, 0);
});

test("an invalid report is dropped and reported, and the next one is made", async () => {
  await using receiver = await openReceiver(
    refused(422, "The ip must be valid.", { source: { parameter: "ip" } }),
    ACCEPTED,
  );
  await using ground = await openGround(abuseipdb(receiver.url));
  ground.ban("203.0.113.1");
  ground.ban("203.0.113.2");
  await ground.until(() => reported(ground) === 1, "the second report");
  assert.deepEqual(failures(ground), ["it answered 422, an error"]);
  assert.deepEqual(ground.actions.failing("sshd"), []);
});

test("429 about the address is no fault; 429 about the limit waits as long as it says", async () => {
  const often = "You can only report the same IP address (`203.0.113.1`) once in 15 minutes.";
  const limit = "Daily rate limit of 1000 requests exceeded for this endpoint.";
  await using receiver = await openReceiver(
    refused(429, often, { source: { parameter: "ip" } }),
    json(429, { errors: [{ detail: limit, status: 429 }] }, { "retry-after": "29241" }),
    ACCEPTED,
  );
  const clock = stoppedClock();
  await using ground = await openGround(abuseipdb(receiver.url), { clock });
  ground.ban("203.0.113.1");
  ground.ban("203.0.113.2");
  await ground.until(() => clock.waits.includes(29_241_000), "the pause");
  assert.deepEqual(ground.actions.describe("sshd"), ["abuse: 0 reports today, 1 waiting"]);
  assert.deepEqual([failures(ground), ground.actions.failing("sshd")], [[], []]);
  clock.ring();
  await ground.until(() => reported(ground) === 1, "the report");
});

test("the daily limit applies, also over a restart, and ends at midnight UTC", async () => {
  await using receiver = await openReceiver(ACCEPTED);
  const clock = stoppedClock();
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const toml = abuseipdb(receiver.url, "daily_limit = 2");
  const first = await openGround(toml, { clock, book });
  for (const n of [1, 2, 3, 4]) first.ban(`203.0.113.${n}`);
  await first.until(() => reported(first) === 2, "two reports");
  await first.until(
    () => first.actions.describe("sshd")[0]?.includes("2 waiting") === true,
    "rest",
  );
  await first.actions.close();
  const second = await openGround(toml, { clock, book });
  assert.deepEqual(second.actions.describe("sshd"), ["abuse: 2 reports today, 2 waiting"]);
  const untilMidnight = 86_400_000 - (clock.now() % 86_400_000);
  await second.until(() => clock.waits.includes(untilMidnight), "the pause until midnight");
  assert.equal(receiver.received.length, 2);
  clock.advance(untilMidnight);
  clock.ring();
  await second.until(() => reported(second) === 2, "the reports of the next day");
  assert.equal(receiver.received.length, 4);
  await second.actions.close();
});

test("a server that hangs, cuts its answer or is gone delays nothing, and is shown later", async () => {
  await using receiver = await openReceiver(
    (response) => response.writeHead(500, { "content-length": "100" }).write("half"),
    (response) => void response.destroy(),
    ACCEPTED,
  );
  const clock = stoppedClock();
  await using ground = await openGround(abuseipdb(receiver.url), { clock });
  const before = performance.now();
  for (let n = 1; n <= 200; n++) ground.ban(`203.0.113.${n}`);
  assert.ok(performance.now() - before < 5000, "bans waited");
  await ground.until(() => clock.retries() === 1, "the first failure");
  assert.match(failures(ground)[0] ?? "", /^it answered 500/);
  assert.deepEqual(ground.actions.failing("sshd"), [], "one failure is no fault");
  clock.ring();
  await ground.until(() => clock.retries() === 2, "the second failure");
  await receiver[Symbol.asyncDispose]();
  clock.advance(600_000);
  clock.ring();
  await ground.until(() => ground.actions.failing("sshd").length === 1, "the fault");
  assert.match(ground.actions.failing("sshd")[0]?.reason ?? "", /connection refused/);
});

test("the bound of the queue drops the oldest reports and reports it", async () => {
  await using receiver = await openReceiver(json(503, {}));
  const clock = stoppedClock();
  await using ground = await openGround(abuseipdb(receiver.url), { clock });
  for (let n = 0; n < 510; n++) ground.ban(`198.18.${n >> 8}.${n & 255}`);
  assert.match(ground.actions.describe("sshd")[0] ?? "", /, 500 waiting$/);
  const overflow = ground.events.find(({ event }) => event === "queue-overflowed");
  assert.deepEqual(overflow, {
    ...{ event: "queue-overflowed", queue: "reports of action abuse", dropped: 1 },
  });
});

function blocklistDe(url: string, more = ""): string {
  return `
    [actions.list]
    kind = "blocklist-de"
    server = "fail2ban@example.org"
    key_file = "${KEY_FILE}"
    url = "${url}"
    ${more}
    [jails.sshd]
    actions = ["list"]
  `;
}

test("blocklist.de gets the documented form, without names of users and hosts", async () => {
  await using receiver = await openReceiver(json(200, { status: "success", error: 0 }));
  await using ground = await openGround(blocklistDe(receiver.url));
  ground.ban("203.0.113.7", { lines: LINES });
  await ground.until(() => reported(ground) === 1, "the report");
  const form = new URLSearchParams(receiver.received[0]?.body);
  const logs = form.get("logs") ?? "";
  assert.match(logs, /^\d{4}-\S+Z bailiff: failed attempt \(ssh\) from 203\.0\.113\.7$/);
  assert.deepEqual(Object.fromEntries(form), {
    ...{ server: "fail2ban@example.org", apikey: KEY, ip: "203.0.113.7", service: "ssh" },
    ...{ logs, format: "json" },
  });
});

test("an error of blocklist.de in an answer 200 is a failure, and never shows the key", async () => {
  await using receiver = await openReceiver(
    json(200, { status: "error", error: { ip: "is not valid" } }),
    json(200, { status: "error", error: { apikey: `${KEY} does not belong to the server` } }),
    (response) => void response.end("<html>maintenance</html>"),
    json(200, { status: "success", error: "0" }),
  );
  const clock = stoppedClock();
  await using ground = await openGround(blocklistDe(receiver.url), { clock });
  ground.ban("203.0.113.1");
  ground.ban("203.0.113.2");
  await ground.until(() => ground.actions.failing("sshd").length === 1, "the refusal");
  assert.match(
    ground.actions.failing("sshd")[0]?.reason ?? "",
    /^it refused the report: \{"apikey":"… does not belong to the server"\}$/,
  );
  assert.match(failures(ground)[0] ?? "", /"ip":"is not valid"/);
  clock.ring();
  await ground.until(() => clock.retries() === 2, "no JSON");
  clock.ring();
  await ground.until(() => reported(ground) === 1, "the report");
  assert.doesNotMatch(JSON.stringify(ground.events), /SECRET/);
});

function xarf(to: string): string {
  return `
    [actions.xarf]
    kind = "xarf"
    org = "Example"
    contact = "abuse@example.org"
    domain = "example.org"
    ${to}
    [defaults]
    actions = ["xarf"]
    [jails.sshd]
    [jails.postfix]
    mode = "abuse"
  `;
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("a XARF report has what the schema of its type requires, and the same id in each try", async () => {
  await using receiver = await openReceiver(json(503, {}), json(202, {}));
  const clock = stoppedClock();
  const to = `url = "${receiver.url}"\nkey_file = "${KEY_FILE}"\nlines = true`;
  await using ground = await openGround(xarf(to), { clock });
  ground.ban("203.0.113.7", { lines: LINES });
  // Spam has no type that could be filled.
  ground.ban("203.0.113.8", { jail: "postfix", rule: "relay-denied" });
  await ground.until(() => clock.retries() === 1, "the first try");
  clock.ring();
  await ground.until(() => reported(ground) >= 1, "the report");
  await ground.actions.close();
  const [first = assert.fail(), second = assert.fail(), ...others] = receiver.received;
  assert.equal(others.length, 0);
  assert.equal(first.body, second.body);
  assert.equal(first.headers["authorization"], `Bearer ${KEY}`);
  assert.equal(first.headers["content-type"], "application/json");
  const {
    report_id: id,
    timestamp,
    first_seen: from,
    last_seen: to2,
    evidence,
    ...rest
  } = JSON.parse(first.body);
  assert.match(id, UUID);
  for (const time of [timestamp, from, to2]) assert.match(time, ISO);
  const [item] = evidence;
  const reporter = { org: "Example", contact: "abuse@example.org", domain: "example.org" };
  assert.deepEqual(rest, {
    ...{ xarf_version: "4.0.0", reporter, sender: reporter, source_identifier: "203.0.113.7" },
    ...{ category: "connection", type: "login_attack", protocol: "tcp" },
    ...{ evidence_source: "ids_detection", description: rest.description },
  });
  assert.equal(Buffer.from(item.payload, "base64").toString(), LINES[0]?.line);
  assert.match(item.hash, /^sha256:[0-9a-f]{64}$/);
});

test("XARF reports are files of their ids, no more than the directory may have", async () => {
  const directory = join(FOLDER, "xarf");
  mkdirSync(directory);
  const clock = stoppedClock();
  const to = `directory = "${directory}"\nmax_files = 2`;
  await using ground = await openGround(xarf(to), { clock });
  for (const n of [1, 2, 3]) ground.ban(`203.0.113.${n}`, { lines: LINES });
  await ground.until(() => ground.actions.failing("sshd").length === 1, "the bound");
  const names = readdirSync(directory);
  assert.equal(names.length, 2);
  const reports = names.map((name) => {
    const report = JSON.parse(readFileSync(join(directory, name), "utf8"));
    assert.equal(name, `${report.report_id}.json`);
    assert.equal("evidence" in report, false);
    assert.doesNotMatch(JSON.stringify(report), /alice|web1/);
    return report.source_identifier;
  });
  assert.deepEqual(reports.map(String).toSorted(), ["203.0.113.1", "203.0.113.2"]);
  for (const name of names) rmSync(join(directory, name));
  clock.ring();
  await ground.until(() => readdirSync(directory).length === 1, "the third report");
});

const SAVE_DELAY_MS = 5000;

/** A clock that stands still; alarms ring on request only. */
function stoppedClock(): AlarmClock & {
  readonly waits: number[];
  /** How often an alarm was set for another try, rather than for saving. */
  retries(): number;
  ring(): void;
  advance(milliseconds: number): void;
} {
  const waits: number[] = [];
  const set = new Map<object, () => unknown>();
  let offset = Date.parse("2026-11-23T12:00:00Z");
  const now = (): ReturnType<AlarmClock["now"]> => instant(offset);
  return {
    ...{ waits, now, monotonic: () => offset, sleep: (...wait) => systemClock.sleep(...wait) },
    retries: () => waits.filter((wait) => wait !== SAVE_DELAY_MS).length,
    advance: (milliseconds) => void (offset += milliseconds),
    ring() {
      const due = [...set.values()];
      set.clear();
      for (const onRing of due) onRing();
    },
    alarm(onRing) {
      const own = {};
      return {
        set(wait) {
          waits.push(wait);
          set.set(own, onRing);
        },
        clear: () => void set.delete(own),
      };
    },
  };
}

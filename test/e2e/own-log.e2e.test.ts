/**
 * A log configured for one jail: unrecognized lines are reported as the jail's problem, and an attack in a container
 * runtime's log is banned. Uses the real daemon and firewall; samples of an operator's filter are checked at the start.
 */
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openStage, type Stage, untilTrue } from "./stage.ts";

const FOLDER = mkdtempSync(join(tmpdir(), `bailiff-own-log-${process.pid}-`));
const [FILTERS, APP, DOCKER, CRI, NAMED, ROWS] = [
  ...["filters", "app.log", "web-json.log", "web.log", "named.log", "rows.csv"],
].map((name) => join(FOLDER, name)) as [string, string, string, string, string, string];

const SAMPLE = (ip: string): string => `[[sample]]
line = "login of alice from 192.0.2.7 denied"
expect = { rule = "denied", ip = "${ip}" }
`;
const FILTER = `name = "app"
programs = ["app"]
[[rule]]
id = "denied"
is = "failure"
line = "login of {user:name} from {ip} denied"
`;
const NAMED_FILTER = FILTER.replace('"app"', '"named"').replace("{ip}", "{host}");
const ROWS_FILTER = `name = "rows"
[[rule]]
id = "denied"
is = "failure"
csv = { 2 = "denied", 3 = "{user}", 4 = "{ip}" }
`;
const jail = (name: string, filter: string, file: string): string =>
  `[jails.${name}]\nfilter = "${filter}"\nsource = { file = [${JSON.stringify(file)}] }\n`;
const CONFIG = `[filters]
directories = [${JSON.stringify(FILTERS)}]
[defaults]
maxretry = 3
findtime = "10m"
bantime = "1h"
increment = { enabled = false }
${jail("app", "app", APP)}${jail("docker", "sshd", DOCKER)}${jail("cri", "sshd", CRI)}${jail("named", "named", NAMED)}${jail("rows", "rows", ROWS)}`;

let stage: Stage;

before(async () => {
  mkdirSync(FILTERS);
  writeFileSync(join(FILTERS, "app.toml"), FILTER + SAMPLE("192.0.2.7"));
  writeFileSync(join(FILTERS, "named.toml"), NAMED_FILTER);
  writeFileSync(join(FILTERS, "rows.toml"), ROWS_FILTER);
  for (const file of [APP, DOCKER, CRI, NAMED, ROWS]) writeFileSync(file, "");
  stage = await openStage({ sshd: "none", config: CONFIG });
  await stage.start();
});

after(async () => {
  await stage[Symbol.asyncDispose]();
  rmSync(FOLDER, { recursive: true });
});

const now = (): string => new Date().toISOString();

function append(file: string, lines: readonly string[]): void {
  appendFileSync(file, lines.map((line) => `${line}\n`).join(""));
}

interface Judged {
  readonly state: string;
  readonly reason: string;
  readonly cause: string | null;
}

async function judge(name: string): Promise<Judged> {
  const { jails } = await stage.ask("doctor", { jail: name });
  const [one] = jails;
  assert.ok(one !== undefined);
  return one;
}

test("a jail with 66 unrecognized lines does not protect", async () => {
  // Another program name before the message, and an unrecognized message.
  append(
    APP,
    Array.from({ length: 66 }, (_, n) => `${now()} gate[7]: request ${n} took ${n * 3} ms`),
  );
  await untilTrue(async () => (await judge("app")).state === "degraded", "the jail is degraded");
  const { reason, cause } = await judge("app");
  assert.equal(cause, "none-recognized");
  assert.match(reason, /^66 lines, none recognized: no rule of filter app/);
  const { code, output } = await stage.bailiff("doctor", "app");
  assert.equal(code, 1);
  assert.match(output, /66 lines, none recognized/);
  const [drift] = await stage.ask("drift", { jail: "app" });
  assert.equal(drift?.shapes[0]?.lines, 66, JSON.stringify(drift));
});

test("when the lines are recognized a ban follows, for any program name before the message", async () => {
  const line = (): string => `${now()} gate[7]: login of alice from 203.0.113.7 denied`;
  append(APP, [line(), line(), line()]);
  await stage.untilBlocked("203.0.113.7");
  assert.doesNotMatch((await judge("app")).reason, /none recognized/);
});

test("a jail whose failures have no address does not protect", async () => {
  append(
    NAMED,
    Array.from(
      { length: 40 },
      () => `${now()} app[7]: login of alice from evil.example.com denied`,
    ),
  );
  await untilTrue(async () => (await judge("named")).cause === "no-address", "degraded");
  const { code, output } = await stage.bailiff("doctor", "named");
  assert.equal(code, 1);
  assert.match(output, /40 failures without an address/);
  append(NAMED, [`${now()} app[7]: login of alice from [203.0.113.70]: denied`]);
  await untilTrue(async () => (await judge("named")).state === "protecting", "one counts");
});

test("a quote that a service left open is named, and rows count again behind the next one", async () => {
  const row = (account: string): string => `${now()},denied,${account},203.0.113.6`;
  // More than a row may have.
  append(ROWS, [row('"torn'), ...Array.from({ length: 30 }, () => row("x".repeat(1000)))]);
  await untilTrue(async () => (await judge("rows")).cause === "quote-open", "the quote is named");
  const { output } = await stage.bailiff("doctor", "rows");
  assert.match(output, /came behind a quote that was not closed/);
  assert.match(output, /escapes_line_breaks = true/);
  append(ROWS, [row('"al, the first"'), row("al"), row("al")]);
  await stage.untilBlocked("203.0.113.6");
  assert.notEqual((await judge("rows")).cause, "quote-open");
});

test("an attack through a container's log is banned", async () => {
  const failed = (ip: string): string => `Failed password for root from ${ip} port 40022 ssh2`;
  const docker = (log: string): string => JSON.stringify({ log, stream: "stderr", time: now() });
  // The first line of a stream after the start may be the rest of a longer one.
  append(DOCKER, [docker("started\n")]);
  append(CRI, [`${now()} stderr F started`]);
  append(
    DOCKER,
    [1, 2, 3].map(() => docker(`${failed("203.0.113.8")}\r\n`)),
  );
  await stage.untilBlocked("203.0.113.8");
  const [head, tail] = [failed("203.0.113.9").slice(0, 30), failed("203.0.113.9").slice(30)];
  for (let n = 0; n < 3; n++)
    append(CRI, [`${now()} stderr P ${head}`, `${now()} stderr F ${tail}`]);
  await stage.untilBlocked("203.0.113.9");
});

test("a sample with an unexpected result is refused by check and reload", async () => {
  writeFileSync(join(FILTERS, "app.toml"), FILTER + SAMPLE("192.0.2.8"));
  const check = await stage.bailiff("check");
  assert.equal(check.code, 78);
  assert.match(
    check.output,
    /app\.toml:9:10: sample 1, expect: found rule "denied", ip 192\.0\.2\.7/,
  );
  const reload = await stage.bailiff("reload");
  assert.notEqual(reload.code, 0);
  assert.match(reload.output, /sample 1, expect/);
  const scan = await stage.bailiff("scan", "--filter", "app", APP);
  assert.equal(scan.code, 78);
  writeFileSync(join(FILTERS, "app.toml"), FILTER + SAMPLE("192.0.2.7"));
  assert.equal((await stage.bailiff("reload")).code, 0);
});

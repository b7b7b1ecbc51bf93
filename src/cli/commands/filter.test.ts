/** filter test and filter explain through the program. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runCommands } from "../run-commands.fixture.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "bailiff-filter-"));
after(() => rmSync(FOLDER, { recursive: true }));

function file(name: string, rule: string): string {
  const path = join(FOLDER, `${name}.toml`);
  const sample =
    'line = "login of alice from 192.0.2.7 denied"\nexpect = { rule = "denied", ip = "192.0.2.7", user = "alice" }';
  writeFileSync(
    path,
    `name = "${name}"\n[[rule]]\nid = "denied"\nis = "failure"\n${rule}\n\n[[sample]]\n${sample}\n`,
  );
  return path;
}

const DENIED =
  "2026-11-23T12:00:00+00:00 web1 sshd[2]: Denied password for root from 192.0.2.1 port 3";
const GOOD = file("good", 'line = "login of {user:name} from {ip} denied"');
const OPEN = file("open", String.raw`regex = 'login of (?<user>.*?) from (?<ip>\S+) denied.*'`);

test("a good filter of an administrator passes, with advice on what it lacks", () => {
  const [ended] = runCommands([["filter", "test", GOOD]]);
  assert.ok(ended !== undefined);
  assert.equal(ended.status, 0, ended.stderr);
  assert.match(
    ended.stdout,
    /^good: passed: 1 rule, 1 sample, \d+ forged lines\ngood: to add:\n.*good\.toml/,
  );
});

test("without a name, additions to shipped filters are tested too", () => {
  const directory = join(FOLDER, "filters");
  const config = join(FOLDER, "bailiff.toml");
  writeFileSync(config, `[filters]\ndirectories = [${JSON.stringify(directory)}]\n`);
  const test = ["--config", config, "filter", "test"];
  const none = runCommands([test])[0];
  assert.equal(none?.status, 64);
  assert.match(none.stderr, /no filter and no addition to a shipped filter in .*filters\n/);
  mkdirSync(directory);
  const rule = 'id = "denied"\nis = "failure"\nline = "Login of {user:name} from {ip} denied"';
  const sample =
    'line = "Login of bob from 192.0.2.7 denied"\nexpect = { rule = "denied", ip = "192.0.2.7", user = "bob" }';
  const overlay = `extends = "sshd"\n[[rule]]\n${rule}\n[[sample]]\n${sample}\n`;
  writeFileSync(join(directory, "sshd.local.toml"), overlay);
  const added = runCommands([test])[0];
  assert.match(added?.stdout ?? "", /^sshd: passed: /, added?.stderr ?? "");
  assert.equal(added?.status, 0);
});

test("a filter that a client can forge fails, with the line", () => {
  const [ended] = runCommands([["filter", "test", OPEN]]);
  assert.equal(ended?.status, 78);
  assert.match(ended.stdout, /^open: 1 problem:\n.*rule "denied": found [0-9.]+ as the address of/);
});

test("a filter that takes a quoted message fails, with the line and what to do, however long it is", () => {
  const line = `Nov 23 04:11:05 web1 quoting[42]: login of alice from 192.0.2.7 denied: ${"for this ".repeat(30)}`;
  const sample = `line = "${line}"\nexpect = { rule = "denied", ip = "192.0.2.7", user = "alice" }`;
  const rule =
    'id = "denied"\nis = "failure"\nline = "{*}login of {user} from {ip} denied: for {*}"';
  const path = join(FOLDER, "quoting.toml");
  const text = `name = "quoting"\nprograms = ["quoting"]\n[[rule]]\n${rule}\n[[sample]]\n${sample}\n`;
  writeFileSync(path, text);
  const [ended] = runCommands([["filter", "test", path]]);
  assert.equal(ended?.status, 78);
  assert.match(
    ended.stdout,
    /\n.*quoting\.toml:\d+:\d+: rule "denied": found the message inside another one: .*203\.0\.113\.9 denied.*…", expected no match: .* \(begin with words of the service, or add leading_text = .* if no client writes there\)\n/,
  );
});

test("records that clients can forge are listed for a filter which states that", () => {
  const [ended] = runCommands([["filter", "test", "rabbitmq"]]);
  assert.ok(ended !== undefined);
  assert.equal(ended.status, 0, ended.stdout);
  assert.match(
    ended.stdout,
    /^rabbitmq: passed: .*\nrabbitmq: clients can forge records, as escapes_line_breaks = false says:\n.*rule "login-refused": found a line break in \{\*\} or \{user\} that begins another record/,
  );
});

/** A line of BIND's own log: elsewhere its category would be a program. */
const BIND =
  "01-Dec-2026 00:37:05.080 update-security: error: client 192.0.2.7#3333: update 'example.org/IN' denied";

test("shipped filters are tested by name, and a line is explained", () => {
  const [nginx, explained, unknown, odd] = runCommands([
    ["filter", "test", "nginx"],
    ["filter", "explain", GOOD, "login of alice from 192.0.2.7 refused"],
    ["filter", "test", "ngnix"],
    ["filter", "explain", GOOD],
  ]);
  assert.match(nginx?.stdout ?? "", /^nginx: passed: /);
  assert.equal(explained?.status, 1);
  assert.match(
    explained.stdout,
    /^denied: matches "login of alice from 192\.0\.2\.7 ", then expected "denied", found "refused"\nNo rule matches\. To add one: .*docs\/filters\.md$/m,
  );
  const { stdout: listed = "" } = runCommands([["filter", "explain", "sshd", DENIED]])[0] ?? {};
  assert.equal(listed.split("\n").length, 6, listed);
  assert.match(listed, /^\d+ more rules \(--all shows them\)$/m);
  assert.doesNotMatch(listed, /matches "2026/, "the header of a line is no match");
  const [whole] = runCommands([["filter", "explain", "--all", "sshd", DENIED]]);
  assert.ok((whole?.stdout.split("\n").length ?? 0) > 20);
  const [shared, own] = runCommands([
    ["filter", "explain", "bind", BIND.replace("update-security: error: ", "")],
    ["filter", "explain", "bind", BIND],
  ]);
  assert.match(shared?.stdout ?? "", /^Rule "update-denied" is used: .* matches\.$/m);
  assert.doesNotMatch(shared?.stdout ?? "", /alone writes/);
  assert.match(
    own?.stdout ?? "",
    /^Rule "update-denied" is used: [^]*\n.* alone writes: elsewhere/m,
  );
  assert.match(unknown?.stderr ?? "", /unknown filter "ngnix"\n.*did you mean "nginx"/);
  assert.equal(odd?.status, 64);
});

function write(name: string, text: string): string {
  const path = join(FOLDER, `${name}.toml`);
  writeFileSync(path, `name = "${name}"\n${text}\n`);
  return path;
}

const ROWS = write(
  "rows",
  '[[rule]]\nid = "denied"\nis = "failure"\ncsv = { 2 = "denied", 3 = "{user}", 4 = "{ip}" }',
);
const RECORD = write(
  "record",
  'begins = "{time}"\nescapes_line_breaks = true\n[[rule]]\nid = "denied"\nis = "failure"\nline = "from {ip}: denied, user {user}"',
);

const WAYS = Array.from({ length: 40 }, (_, i) => `{w${i}:text}a`).join("");
const COSTLY = write(
  "costly",
  `[[rule]]\nid = "denied"\nis = "failure"\nline = "denied {ip}"\n[[rule]]\nid = "many"\nis = "neutral"\nline = "${WAYS}b{other:ip}"`,
);

test("filter explain says what is true of rows, records, addresses and the end of a line", () => {
  const time = "2026-11-28 09:19:59";
  const cases: readonly (readonly [filter: string, line: string, expected: RegExp])[] = [
    [ROWS, `${time},denied,"al\nice",192.0.2.7`, /^denied: matches$/m],
    [ROWS, `${time},denied,al\nice,192.0.2.7`, /rows of CSV, which continue only within quotes/],
    [ROWS, `${time},denied,alice`, /field "4" does not match: expected "\{ip\}", found no such f/],
    [RECORD, `web-1  | ${time} from 192.0.2.7: denied,\nweb-1  | user al`, /^denied: matches$/m],
    [GOOD, `${time}\tlogin`, /beginning: expected "login of .*", found "\\tlogin"$/m],
    [
      RECORD,
      `${time} from 192.0.2.7: denied,`,
      /expected " user \{user\}", found the end of the l/,
    ],
    [GOOD, "login of al from 192.0.2.777 denied", /matches "login of al from ", then .* a valid a/],
    [OPEN, "login of al from 192.0.2.7 ok", /^denied: does not match: expected regex 'login/],
    [
      OPEN,
      "login of al from gate denied",
      /^Address: none; "gate" is a name, which is not looked/m,
    ],
    [
      COSTLY,
      `${"ab".repeat(8190)} x`,
      /reached their step limit on this line, so it counts nothing/,
    ],
  ];
  const ended = runCommands(cases.map(([filter, line]) => ["filter", "explain", filter, line]));
  for (const [i, [, line, expected]] of cases.entries())
    assert.match(`${ended[i]?.stdout}${ended[i]?.stderr}`, expected, line);
});

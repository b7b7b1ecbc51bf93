/** Each check finds its kind of mistake, and none in a good filter. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "smol-toml";
import type { Problem } from "../domain/problem.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import type { FilterDefinition } from "../domain/filter-definition.ts";
import { readFilter } from "../parse/filter/read-filter.ts";
import { findFlaws, findGaps, findStated } from "./check-quality.ts";

enableLinearRegex();

const HEAD = `name = "door"
description = "a door"
files = ["/var/log/door.log"]
journal = ["_SYSTEMD_UNIT=door.service"]
`;
const RULES = `
[[rule]]
id = "denied"
evidence = "door.c of door 1.0"
is = "failure"
line = "login of {user:name} from {ip} denied"

[[rule]]
id = "granted"
evidence = "door.c of door 1.0"
is = "success"
line = "login of {user:name} from {ip} granted"
`;
const SAMPLES = `
[[sample]]
line = "login of alice from 192.0.2.7 denied"
expect = { rule = "denied", ip = "192.0.2.7", user = "alice" }

[[sample]]
line = "login of x from 198.51.100.1 denied from 2001:db8::7 denied"
expect = { rule = "denied", ip = "2001:db8::7", user = "x from 198.51.100.1 denied" }

[[sample]]
line = "login of alice from 192.0.2.7 granted"
expect = { rule = "granted", ip = "192.0.2.7", user = "alice" }

[[sample]]
line = "login of alice from gate denied"
expect = "none"
`;
const GOOD = HEAD + RULES + SAMPLES;

function read(text: string): FilterDefinition {
  const filter = readFilter(parse(text), "door.toml");
  assert.ok(filter.ok, JSON.stringify(filter));
  return filter.value;
}

function texts(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ key = "", got, expected }) => `${key}: ${got}; ${expected}`);
}

async function flaws(text: string): Promise<readonly string[]> {
  return texts(await findFlaws(read(text)));
}

async function gaps(text: string): Promise<readonly string[]> {
  return texts(await findGaps(read(text)));
}

/** The only problem of a good filter in which one text is replaced. */
async function gap(part: string, by: string): Promise<string> {
  assert.ok(GOOD.includes(part));
  const found = await gaps(GOOD.replace(part, by));
  assert.equal(found.length, 1, found.join("\n"));
  return found[0] ?? "";
}

test("a good filter has neither flaws nor gaps", async () => {
  assert.deepEqual(await flaws(GOOD), []);
  assert.deepEqual(await gaps(GOOD), []);
});

test("an address that a client can write", async () => {
  const before = RULES.replace(
    "login of {user:name} from {ip} denied",
    "from {ip} login {user}{*}",
  );
  assert.deepEqual(await flaws(HEAD + before), []);
  const regex = String.raw`regex = 'login of (?<user>.*?) from (?<ip>\S+) denied.*'`;
  const open = GOOD.replace('line = "login of {user:name} from {ip} denied"', regex);
  const found = await flaws(open);
  assert.match(
    found[0] ?? "",
    /^rule "denied": [0-9a-f.:]+ as the address of "login of .*; 2001:db8::7, or no match/,
  );
});

test("a copy of another rule's line", async () => {
  const more = `[[rule]]
id = "other"
is = "failure"
regex = '.*client (?<ip>[0-9.]+) refused.*'

[[rule]]
id = "noted"
is = "failure"
line = "note from {ip}: {*}"

[[sample]]
line = "client 192.0.2.7 refused"
expect = { rule = "other", ip = "192.0.2.7" }
`;
  const found = await flaws(GOOD + more);
  assert.ok(found.some((text) => text.startsWith('rule "noted": 203.0.113.9 as the address of')));
});

test("a name with a copy of the line, where the line repeats the name", async () => {
  const wide = 'line = "user [{user:until=]}] from {ip}: {*}"';
  const repeated = `[[rule]]
id = "repeated"
is = "failure"
${wide}

[[sample]]
line = "user [alice] from 192.0.2.7: no account [alice]"
expect = { rule = "repeated", ip = "192.0.2.7", user = "alice" }
`;
  const [found, ...more] = await flaws(GOOD + repeated);
  assert.match(
    found ?? "",
    /^rule "repeated": 203\.0\.113\.9 as the address of "user \[.*\] from 203.*; 192\.0\.2\.7, or no match/,
  );
  assert.deepEqual(more, []);
  const narrow = 'line = "user [{user:until=]}] from {ip}: no account [{again:until=]}]"';
  assert.deepEqual(await flaws(GOOD + repeated.replace(wide, narrow)), []);
  const stated = HEAD.concat('names_exclude = "]"\n') + RULES + SAMPLES;
  assert.deepEqual(await flaws(stated + repeated), []);
});

test("two rules with different addresses for one line", async () => {
  const late = `[[rule]]
id = "late"
is = "pending"
regex = 'login of x from (?<ip>[0-9.]+) .*'
`;
  const [found, ...more] = await flaws(GOOD + late);
  assert.match(
    found ?? "",
    /^rule "late": 198\.51\.100\.1 as the address of .*"denied" reads 2001/,
  );
  assert.deepEqual(more, []);
});

test("a rule that takes too long", async () => {
  const slow = `[[rule]]
id = "slow"
is = "failure"
line = "{*}a{*}a{*}a{*}a{*}a{*}a{*}a{*}b-{ip}"

[[sample]]
line = "aaaaaaaaaaaaaaaaaaaab-192.0.2.7"
expect = { rule = "slow", ip = "192.0.2.7" }
`;
  assert.match((await flaws(GOOD + slow)).join("\n"), /rules that give up on a line of 16384/);
});

test("what a shipped filter must state", async () => {
  assert.match(await gap('evidence = "door.c of door 1.0"\n', ""), /^rule "denied": .*evidence/);
  assert.match(await gap('"_SYSTEMD_UNIT=door.service"', '"_COMM=door"'), /^journal\.0: .*proves/);
  assert.match(await gap('description = "a door"\n', ""), /^description: none/);
  const nowhere = GOOD.replace(/^(?:files|journal).*\n/gm, "");
  assert.match((await gaps(nowhere)).join(), /neither files nor journal/);
  assert.match(await gap("from gate denied", "from 8.8.8.8 revoked"), /^sample\.3: 8\.8\.8\.8; /);
});

test("samples of every kind", async () => {
  const [first = "", second = "", third = "", last = ""] = SAMPLES.split(/(?=\[\[sample)/).slice(1);
  const silent = await gaps(GOOD.replace(third, ""));
  assert.match(silent.join("\n"), /no sample of rule "granted"[^]*lacks = \["success"\]/);
  assert.match(
    (await gaps(HEAD + RULES + first + third + last)).join("\n"),
    /IPv6[^]*unusual user/,
  );
  assert.match(
    (await gaps(HEAD + RULES + second + third)).join("\n"),
    /of a harmless line;[^]*that resembles a failure/,
  );
  assert.match(await gap("login of alice from gate denied", "started"), /that resembles a failure/);
  assert.match(
    await gap(', user = "alice" }', " }"),
    /^sample\.0\.expect: no user .*user = "alice"/,
  );
  const pair = GOOD.replace('line = "login', 'line = ["open by {ip}", "login').replace(
    '{ip} denied"\n',
    '{ip} denied"]\n',
  );
  assert.match((await gaps(pair)).join("\n"), /no sample of rule "denied" for "open by \{ip\}"/);
});

test("what the service never writes is stated instead", async () => {
  const lacking = HEAD.concat('lacks = ["success", "ipv6", "unusual-user"]\n');
  const one = RULES.split(/(?=\[\[rule\]\]\nid = "granted")/)[0] ?? "";
  const sample = SAMPLES.split(/(?=\[\[sample)/).filter((_, i) => i === 1 || i === 4);
  assert.deepEqual(await gaps(lacking + one + sample.join("")), []);
});

const RECORDS = `${HEAD}begins = "{time}"
[[rule]]
id = "denied"
is = "failure"
line = "login from {ip} denied: account {user}"

[[rule]]
id = "asked"
is = "neutral"
line = "page {path:quoted} for {number:int}"

[[sample]]
line = """
2026-11-28 09:19:59 login from 192.0.2.7 denied:
account alice"""
expect = { rule = "denied", ip = "192.0.2.7", user = "alice" }
`;

test("a record behind a line break in a client's text, in lines of any rule", async () => {
  const claim = 'begins another record, failure of 203.0.113.9 by rule "denied"; escapes_line';
  const found = await flaws(RECORDS);
  assert.equal(found.length, 2, found.join("\n"));
  assert.ok(
    found[0]?.startsWith(`rule "denied": a line break in {user} that ${claim}`),
    found.join(),
  );
  assert.ok(
    found[1]?.startsWith(`rule "asked": a line break in {path} that ${claim}`),
    found.join(),
  );
  const state = (value: boolean): string =>
    RECORDS.replace("begins", `escapes_line_breaks = ${value}\nbegins`);
  assert.deepEqual(await flaws(state(true)), []);
  assert.deepEqual(await flaws(state(false)), []);
  assert.deepEqual(texts(await findStated(read(state(true)))), []);
  assert.deepEqual(texts(await findStated(read(state(false)))), found);
});

test("a record behind a line break, of which the rest of the line is no part", async () => {
  const closed = RECORDS.replace("account {user}", "account {user} (bad password)").replace(
    "account alice",
    "account alice (bad password)",
  );
  const found = await flaws(closed);
  assert.match(
    found[0] ?? "",
    /^rule "denied": a line break in \{user\} that begins another record/,
  );
});

test("an account that begins a line needs no line break to begin a record", async () => {
  const alone = RECORDS.replace("begins", "escapes_line_breaks = true\nbegins")
    .replace("denied: account {user}", "denied: {user}")
    .replace("account alice", "alice");
  const found = await flaws(alone);
  assert.equal(found.length, 1, found.join("\n"));
  assert.match(
    found[0] ?? "",
    /^rule "denied": an account at the beginning of a line, which begins/,
  );
});

test("an address that a client can write into a record that begins with a time", async () => {
  const more = `
[[rule]]
id = "late"
is = "failure"
line = "request of {user} at {ip}: {*}"
`;
  const stated = RECORDS.replace("begins", "escapes_line_breaks = true\nbegins");
  const found = await flaws(stated + more);
  assert.equal(found.length, 1, found.join("\n"));
  assert.match(found[0] ?? "", /^rule "late": 203\.0\.113\.9 as the address of "2026-11-28/);
});

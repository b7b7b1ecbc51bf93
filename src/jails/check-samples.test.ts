/** Runs the samples of an administrator's filters, as whenever such a filter is read. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { formatProblem } from "../domain/problem.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { loadAll } from "./load-all.ts";

enableLinearRegex();

const FOLDER = mkdtempSync(join(tmpdir(), `bailiff-samples-${process.pid}-`));
after(() => rmSync(FOLDER, { recursive: true }));
let folders = 0;

/** The problems of a configuration with these filters, without the folder's name. */
async function problems(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const folder = join(FOLDER, String(folders++));
  mkdirSync(join(folder, "filters"), { recursive: true });
  const config = `[daemon]\nstate = "${folder}/state"\n[filters]\ndirectories = ["${folder}/filters"]\n`;
  writeFileSync(join(folder, "bailiff.toml"), config);
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(folder, "filters", name), text);
  const loaded = await loadAll({ path: join(folder, "bailiff.toml"), env: {}, uid: 1 });
  return loaded.ok
    ? []
    : loaded.error.map((one) => formatProblem(one).replace(`${folder}/filters/`, ""));
}

const RULE = `[[rule]]
id = "denied"
is = "failure"
line = "login of {user:name} from {ip} denied{?, {count} times}"
`;
const OWN = `name = "door"\n${RULE}`;
const sample = (line: string, expect: string): string =>
  `\n[[sample]]\nline = ${JSON.stringify(line)}\nexpect = ${expect}\n`;
const LINE = "login of alice from 192.0.2.7 denied";

test("samples with the expected result", async () => {
  const good = [
    sample(LINE, '{ rule = "denied", ip = "192.0.2.7", user = "alice", counts = 1 }'),
    sample(LINE, '{ rule = "denied" }'),
    sample("login of a from 2001:DB8::7 denied", '{ rule = "denied", ip = "2001:db8::7" }'),
    sample(`${LINE}, 3 times`, '{ rule = "denied", counts = 3 }'),
    sample("login of alice from host.example.org denied", '"none"'),
    sample("login of alice from 192.0.2.7 allowed", '"none"'),
  ];
  assert.deepEqual(await problems({ "door.toml": OWN + good.join("") }), []);
});

test("a rule that only some lines reach is not a mistake", async () => {
  for (const [wide, narrow] of [
    ["denied {ip}: {reason:name}", "denied {ip}: {*}"],
    [
      "Failed password for {user:name} from {ip} port {port}",
      "Failed password for {user} from {ip} port {port}",
    ],
    ["a {*}b {ip}", "a{*} b {ip}"],
    ["a {ip}{*}", "a {ip}:{port}"],
    ["x {ip}:{port}", "x {ip}"],
  ] as const) {
    const rules =
      rule("w", `is = "failure"\nline = "${wide}"`) +
      rule("n", `is = "failure"\nline = "${narrow}"`);
    assert.deepEqual(await problems({ "door.toml": OWN + rules }), [], narrow);
  }
});

const rule = (id: string, rest: string): string => `\n[[rule]]\nid = "${id}"\n${rest}\n`;

for (const [what, text, ...patterns] of [
  [
    "several invalid patterns",
    rule("a", 'is = "failure"\nline = "x {ip"') + rule("b", 'is = "failure"\nline = "{user}{ip}"'),
    /^door\.toml:10:8: rule "a"\.line: found "\{" that is never closed/,
    /^door\.toml:15:8: rule "b"\.line: found a field of type text right before \{ip\}/,
  ],
  [
    "a wrong value and a wrong key, both with the rule's id",
    rule("a", 'is = "failed"\nline = "x {ip}"') + rule("b", 'is = "failure"\nlne = "x {ip}"'),
    /^door\.toml:9:6: rule "a"\.is: found "failed".*did you mean "failure"/,
    /^door\.toml:15:\d+: rule "b"\.lne: found unknown key "lne".*did you mean "line"/,
  ],
  [
    "a rule that no line reaches",
    rule("a", 'is = "neutral"\nline = "login of {user:name} from {ip} denied"'),
    /^door\.toml:\d+:\d+: rule "a": found rule "a", whose lines all belong to rule "denied"/,
  ],
  [
    "rules that are taken whole, also where not every made-up line is theirs",
    rule("a", 'is = "failure"\nline = "x {ip}{*}"') +
      rule("b", 'is = "failure"\nline = "x {ip} port {port}"') +
      rule("c", 'is = "failure"\nline = "y {user} by {ip}"') +
      rule("d", 'is = "failure"\nline = "y #{n:int}:{ip}"') +
      rule("e", 'is = "failure"\nline = "y {user:name} by {ip}"'),
    /rule "b": .*belong to rule "a"/,
    /rule "e": .*belong to rule "c"/,
  ],
  [
    "the same rule again, as an expression and in JSON",
    rule("a", "is = \"failure\"\nregex = 'x (?<ip>.*)'") +
      rule("b", "is = \"failure\"\nregex = 'x (?<ip>.*)'") +
      rule("c", 'is = "failure"\njson = { ip = "{ip}" }') +
      rule("d", 'is = "success"\njson = { ip = "{ip}" }'),
    /rule "b": .*belong to rule "a"/,
    /rule "d": .*belong to rule "c"/,
  ],
  [
    "an unknown port",
    'XXports = ["htttp"]',
    /^door\.toml:2:\d+: ports, entry 1: found "htttp".*http/,
  ],
  [
    "a port too high",
    'XXports = ["ssh", "70000"]',
    /ports, entry 2: found "70000".*from 1 to 65535/,
  ],
  ["no port", 'XXports = ["0"]', /ports, entry 1: found "0".*from 1 to 65535/],
  ["a port too high of UDP", 'XXports = ["65536/udp"]', /found "65536\/udp".*from 1 to 65535/],
  ["a port with a zero", 'XXports = ["022"]', /found "022".*without zeros/],
  ["half a range", 'XXports = ["22-"]', /found "22-".*a range is written "8000-8010"/],
  ["the other half", 'XXports = [":22"]', /found ":22".*a range is written "8000-8010"/],
  [
    "a relative path",
    'XXfiles = ["log"]',
    /^door\.toml:2:\d+: files, entry 1: found "log".*absolute/,
  ],
  ["no match of the journal", 'XXjournal = ["foo"]', /journal, entry 1: found "foo".*FIELD=value/],
] as const)
  test(`${what}: reported with its location`, async () => {
    const top = text.startsWith("XX");
    const file = top ? OWN.replace('"door"\n', `"door"\n${text.slice(2)}\n`) : OWN + text;
    const found = await problems({ "door.toml": file });
    assert.equal(found.length, patterns.length, found.join("\n"));
    for (const [i, pattern] of patterns.entries()) assert.match(found[i] ?? "", pattern);
  });

for (const [source, pattern] of [
  ["failed (?P<ip>.*)", /found "\(\?P<ip>".*JavaScript names groups without the P/],
  ["failed <HOST>", /found "<HOST>".*line = "… from \{ip\}"/],
  ["failed (?<ip>.*", /found "\(" that is never closed.*\\\(/],
  ["failed [ (?<ip>.*)", /found "\[" that is never closed/],
  ["failed) (?<ip>.*)", /found "\)" without "\("/],
  ["(?<ip>.*) from (?<ip>.*)", /found two groups of the name ip, expected one of each name/],
  ["*(?<ip>.*)", /found a repetition of nothing/],
  ["(?<1ip>.*)", /found a group without a proper name/],
] as const)
  test(`the only rule is ${source}: its error is reported, not that it has no address`, async () => {
    const text = `name = "door"\n[[rule]]\nid = "a"\nis = "failure"\nregex = '${source}'\n`;
    const found = await problems({ "door.toml": text });
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0] ?? "", /^door\.toml:5:\d+: rule "a"\.regex: /);
    assert.match(found[0] ?? "", pattern);
  });

test("for a filter without rules, an example rule is shown", async () => {
  const [found = ""] = await problems({ "door.toml": 'name = "door"\n' });
  assert.match(found, /found a filter without rules, expected at least one \[\[rule\]\].*line = "/);
});

test("rules that some lines reach are not a mistake, nor are rules that the shipped filter now has", async () => {
  const others =
    rule("a", 'is = "neutral"\nline = "login of root from {ip} denied"') +
    rule("b", 'is = "neutral"\nline = "login of {user} from {ip} denied{*}"') +
    rule("c", 'is = "neutral"\nline = "{*}"');
  const found = await problems({
    "door.toml": `name = "door"\n${others.slice(0, -1)}${RULE.replace("[[rule]]", "\n[[rule]]")}`,
  });
  assert.deepEqual(
    found.map((one) => /rule "(\w+)"/.exec(one)?.[1]),
    ["denied"],
    "behind {*}",
  );
  const learned =
    'is = "failure"\nline = "Failed password for {user:name} from {ip} port {port} ssh2"';
  assert.deepEqual(await problems({ "x.toml": `extends = "sshd"\n${rule("mine", learned)}` }), []);
});

for (const [what, line, expect, pattern] of [
  [
    "a wrong address",
    LINE,
    '{ rule = "denied", ip = "192.0.2.8" }',
    /^door\.toml:9:10: sample 1, expect: found rule "denied", ip 192\.0\.2\.7, user "alice", counts 1 for the sample "login of .*", expected rule "denied", ip 192\.0\.2\.8/,
  ],
  ["a wrong user", LINE, '{ rule = "denied", user = "bob" }', /user "alice".*user "bob"/],
  ["a wrong number", LINE, '{ rule = "denied", counts = 2 }', /counts 1.*counts 2/],
  [
    "an unknown rule",
    LINE,
    '{ rule = "denid" }',
    /^door\.toml:9:\d+: sample 1, expect\.rule: found "denid", a rule.*expected a rule of this filter \(did you mean "denied"/,
  ],
  [
    "a rule of another name",
    "x",
    '{ rule = "other" }',
    /found "other", a rule that the filter does not have/,
  ],
  ["a line no rule knows", "login denied", '{ rule = "denied" }', /found no matching rule for/],
  ["a line that must not match", LINE, '"none"', /expected no rule to match/],
] as const)
  test(`a sample with ${what} is a problem of its file`, async () => {
    const found = await problems({ "door.toml": OWN + sample(line, expect) });
    assert.equal(found.length, 1);
    assert.match(found[0] ?? "", pattern);
  });

const OVERLAY = `extends = "sshd"\n${RULE}`;

test("an overlay's samples are run with the filter it adds to", async () => {
  const good = sample(LINE, '{ rule = "denied", ip = "192.0.2.7" }');
  assert.deepEqual(await problems({ "sshd.local.toml": OVERLAY + good }), []);
  const bad = good + sample(LINE, '{ rule = "denied", ip = "192.0.2.9" }');
  const found = await problems({ "sshd.local.toml": OVERLAY + bad });
  assert.equal(found.length, 1);
  assert.match(found[0] ?? "", /^sshd\.local\.toml:13:10: sample 2, expect: /);
});

test("a line that the shipped filter recognizes by now is not a mistake of the overlay", async () => {
  const line = "Failed password for root from 192.0.2.7 port 40122 ssh2";
  const learned = sample(line, '{ rule = "denied", ip = "192.0.2.7", user = "root" }');
  assert.deepEqual(await problems({ "sshd.local.toml": OVERLAY + learned }), []);
  const other = sample(line, '{ rule = "denied", ip = "192.0.2.9" }');
  assert.equal((await problems({ "sshd.local.toml": OVERLAY + other })).length, 1);
});

test("an overlay that matches a line which must not match fails the shipped samples", async () => {
  const wide = `extends = "sshd"\n[[rule]]\nid = "wide"\nis = "failure"\nline = "{*} addr={ip} {*}"\n`;
  const found = await problems({ "sshd.local.toml": wide });
  assert.ok(found.length > 0);
  assert.match(found[0] ?? "", /sshd\.toml.*expected no rule to match/);
});

test("expressions of Python's dialect run their samples too", async () => {
  const python = `name = "gate"\n[python]\nfailregex = ['^\\s*denied <HOST>$']\n`;
  const line = "2026-11-23 04:11:05 denied 192.0.2.7";
  const good = sample(line, '{ rule = "failregex-1", ip = "192.0.2.7" }');
  assert.deepEqual(await problems({ "gate.toml": python + good }), []);
  const bad = sample(line, '{ rule = "failregex-1", ip = "192.0.2.8" }');
  assert.match((await problems({ "gate.toml": python + bad }))[0] ?? "", /ip 192\.0\.2\.8/);
});

test("a sample that begins no record is no mismatch of its rule", async () => {
  const json = `name = "door"\nbegins = "{time}"\n[[rule]]\nid = "denied"\nis = "failure"\njson = { peer = "{ip}" }\n`;
  const found = await problems({
    "door.toml": json + sample('{"peer":"192.0.2.7"}', '{ rule = "denied" }'),
  });
  assert.equal(found.length, 1);
  assert.match(found[0] ?? "", /sample 1, line: .* does not begin a record by begins = "\{time\}"/);
});

test("a sample of several lines needs a filter that joins them", async () => {
  const lines = "login of alice from\n192.0.2.7 denied";
  const found = await problems({ "door.toml": OWN + sample(lines, '{ rule = "denied" }') });
  assert.equal(found.length, 1);
  assert.match(
    found[0] ?? "",
    /^door\.toml:\d+:\d+: sample 1, line: [^]*a line break[^]*no begins[^]*state begins/,
  );
});

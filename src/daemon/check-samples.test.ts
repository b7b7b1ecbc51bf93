/** Samples of an operator's own filters are run wherever such a filter is read. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { formatProblem } from "../domain/problem.ts";
import { enableLinearRegex } from "../platform/linear-regex.ts";
import { loadAll } from "./load-all.ts";

enableLinearRegex();

const FOLDER = mkdtempSync(join(tmpdir(), `bailiff-samples-${process.pid}-`));
after(() => rmSync(FOLDER, { recursive: true }));
let folders = 0;

/** What reading a configuration with these filters says is wrong, without the folder's name. */
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

test("samples that are taken for what they expect", async () => {
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

for (const [what, line, expect, pattern] of [
  [
    "a wrong address",
    LINE,
    '{ rule = "denied", ip = "192.0.2.8" }',
    /^door\.toml:9:10: sample\.0\.expect: found rule "denied", ip 192\.0\.2\.7, user "alice", counts 1 for the sample "login of .*", expected rule "denied", ip 192\.0\.2\.8/,
  ],
  ["a wrong user", LINE, '{ rule = "denied", user = "bob" }', /user "alice".*user "bob"/],
  ["a wrong number", LINE, '{ rule = "denied", counts = 2 }', /counts 1.*counts 2/],
  ["another rule", LINE, '{ rule = "other" }', /rule "denied".*expected rule "other"/],
  ["a line no rule knows", "login denied", '{ rule = "denied" }', /found no matching rule for/],
  ["a line that must not match", LINE, '"none"', /expected no rule to match/],
] as const)
  test(`a sample with ${what} is a mistake of its file`, async () => {
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
  assert.match(found[0] ?? "", /^sshd\.local\.toml:13:10: sample\.1\.expect: /);
});

test("a line that the shipped filter has learned meanwhile is no mistake of the overlay", async () => {
  const line = "Failed password for root from 192.0.2.7 port 40122 ssh2";
  const learned = sample(line, '{ rule = "denied", ip = "192.0.2.7", user = "root" }');
  assert.deepEqual(await problems({ "sshd.local.toml": OVERLAY + learned }), []);
  const other = sample(line, '{ rule = "denied", ip = "192.0.2.9" }');
  assert.equal((await problems({ "sshd.local.toml": OVERLAY + other })).length, 1);
});

test("an overlay that takes a line which must not match breaks the shipped samples", async () => {
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

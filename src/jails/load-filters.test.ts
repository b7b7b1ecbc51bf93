/** Loads an administrator's filters: replacements of shipped ones, overlays, and mistakes in either. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { formatProblem } from "../domain/problem.ts";
import { compileFilter } from "../parse/filter/compile-filter.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { loadFilter, loadFilters, openLibrary } from "./load-filters.ts";

enableLinearRegex();

const FOLDER = mkdtempSync(join(tmpdir(), `bailiff-filters-${process.pid}-`));
after(() => rmSync(FOLDER, { recursive: true }));

let folders = 0;

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = join(FOLDER, String(folders++));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const RULE = `[[rule]]
id = "wrong-password"
is = "failure"
line = "Wrong password for {user} from {ip} port {port} ssh2"
`;
const OVERLAY = `extends = "sshd"

${RULE}
[[sample]]
line = "Wrong password for root from 192.0.2.7 port 40122 ssh2"
expect = { rule = "wrong-password", ip = "192.0.2.7", user = "root" }
`;

const BASE = `name = "sshd"
[[rule]]
id = "own"
is = "failure"
line = "bad {ip}"
`;
const DOOR = BASE.replace("sshd", "door");

test("an overlay adds its rules after those of the shipped filter, and its samples", async () => {
  const shipped = (await loadFilters([])).filters.get("sshd");
  const { filters, problems } = await loadFilters([folderOf({ "sshd.local.toml": OVERLAY })]);
  assert.deepEqual(problems, []);
  const sshd = filters.get("sshd");
  assert.ok(sshd !== undefined && shipped !== undefined);
  assert.deepEqual(sshd.rules.slice(0, -1), shipped.rules);
  assert.equal(sshd.rules.at(-1)?.id, "wrong-password");
  assert.equal(sshd.samples.length, shipped.samples.length + 1);
  assert.equal(filters.has("sshd.local"), false, "an overlay is not a separate filter");
});

test("an overlay in a directory is found under any file name, and several add up", async () => {
  const other = OVERLAY.replaceAll("wrong-password", "wrong-too");
  const folder = folderOf({ "a.toml": OVERLAY, "zz.toml": other, "sshd.toml": BASE });
  const { filters, problems } = await loadFilters([folder]);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    filters.get("sshd")?.rules.map(({ id }) => id),
    ["own", "wrong-password", "wrong-too"],
  );
});

test("of filters with one name the one in the later directory counts, and a file before a generated filter", async () => {
  const [first, second] = ["first", "second"].map((id) =>
    folderOf({ "door.toml": DOOR.replace('id = "own"', `id = "${id}"`) }),
  );
  assert.ok(first !== undefined && second !== undefined);
  const rulesOf = async (...given: Parameters<typeof openLibrary>): Promise<unknown> =>
    (await (await openLibrary(...given)).read([])).filters.get("door")?.rules.map(({ id }) => id);
  assert.deepEqual(await rulesOf([first, second]), ["second"]);
  assert.deepEqual(await rulesOf([second, first]), ["first"]);
  const { filters } = await (await openLibrary([second])).read([]);
  const made = [...filters.values()].filter(({ name }) => name === "door");
  assert.deepEqual(await rulesOf([first], made), ["first"]);
  assert.deepEqual(await rulesOf([], made), ["second"]);
});

async function problemsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const folder = folderOf(files);
  const { problems } = await (await openLibrary([folder])).read([]);
  return problems.map((problem) => formatProblem(problem).replace(`${folder}/`, ""));
}

test("a mistake in an overlay is reported with its location", async () => {
  assert.deepEqual(await problemsOf({ "x.toml": OVERLAY.replace('"sshd"', '"shd"') }), [
    'x.toml:1:11: extends: found "shd", expected an available filter (did you mean "sshd"?)',
  ]);
  assert.deepEqual(await problemsOf({ "x.toml": OVERLAY.replace('"sshd"', '"x"') }), [
    'x.toml:1:11: extends: found "x", this file itself, expected the name of an available filter (an overlay adds to a filter, as in extends = "sshd")',
  ]);
  assert.deepEqual(
    await problemsOf({ "a.toml": OVERLAY, "b.toml": OVERLAY.replace('"sshd"', '"a"') }),
    [
      'b.toml:1:11: extends: found "a", which only adds to a filter, expected the name of an available filter (an overlay adds to a filter, as in extends = "sshd")',
    ],
  );
  const [key] = await problemsOf({ "x.toml": `name = "x"\n${OVERLAY}` });
  assert.match(key ?? "", /unknown key "name".*\(remove it: a file with extends only adds rules/);
  assert.doesNotMatch(key ?? "", /did you mean/);
  const [taken = ""] = await problemsOf({
    "x.toml": OVERLAY.replaceAll("wrong-password", "failed-attempt"),
  });
  assert.match(
    taken,
    /^x\.toml:4:6: rule "failed-attempt"\.id: found "failed-attempt", which .*sshd\.toml has/,
  );
  const [named = ""] = await problemsOf({ "x.toml": `name = "x"\n${OVERLAY}` });
  assert.match(named, /^x\.toml:1:\d+: name: found unknown key "name"/);
});

test("a bad overlay leaves the filter unchanged; a bad pattern is reported with the overlay's path", async () => {
  const folder = folderOf({
    "a.toml": OVERLAY.replace("{ip}", "{ip:nothing}"),
    "b.toml": OVERLAY.replace('"sshd"', '"nobody"'),
  });
  const { filters, problems } = await loadFilters([folder]);
  assert.equal(problems.length, 1);
  const sshd = filters.get("sshd");
  assert.ok(sshd !== undefined);
  const compiled = compileFilter(sshd, "normal");
  assert.ok(!compiled.ok);
  assert.deepEqual(
    compiled.error.map(({ path, key }) => [path, key]),
    [[join(folder, "a.toml"), "rule.0.line"]],
  );
});

test("an overlay read by its path is added to its filter", async () => {
  const folder = folderOf({ "mine.toml": OVERLAY });
  const read = await loadFilter(join(folder, "mine.toml"), () => loadFilters([]));
  assert.ok(read.ok);
  assert.equal(read.value.name, "sshd");
  assert.equal(read.value.rules.at(-1)?.id, "wrong-password");
});

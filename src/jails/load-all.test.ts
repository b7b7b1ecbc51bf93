import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { after } from "node:test";
import { formatProblem } from "../domain/problem.ts";
import { loadAll } from "./load-all.ts";
import { listEntryDoubts } from "./policy-doubts.ts";

test("a syntax error in one file hides neither other files nor the filters", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-"));
  after(() => rmSync(folder, { recursive: true }));
  for (const part of ["conf.d", "filters"]) mkdirSync(join(folder, part));
  const path = join(folder, "bailiff.toml");
  writeFileSync(
    path,
    `filters.directories = ["${join(folder, "filters")}"]\n[defaults]\nfindtime = "10m\n`,
  );
  writeFileSync(join(folder, "conf.d/10.toml"), "[jails.sshd]\nmaxretry = 0\n");
  writeFileSync(join(folder, "conf.d/20.toml"), "[jails.other]\nmaxretry = “3”\n");
  writeFileSync(join(folder, "filters/web.toml"), 'name = "web\n');
  const loaded = await loadAll({ path, env: {}, uid: 0 });
  assert.ok(!loaded.ok);
  assert.deepEqual(
    loaded.error.map(({ path: file, line }) => `${file.slice(folder.length + 1)}:${line}`),
    ["bailiff.toml:3", "conf.d/10.toml:2", "conf.d/20.toml:2", "filters/web.toml:1"],
  );
});

test("filters that cannot be read are explained, and hide no other problem", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-"));
  after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "bailiff.toml");
  const filters = join(folder, "filters");
  mkdirSync(join(filters, "folder.toml"), { recursive: true });
  symlinkSync("/nonexistent", join(filters, "link.toml"));
  writeFileSync(join(filters, "random.toml"), Buffer.from([0xff, 0xfe, 0x00, 0x80]));
  writeFileSync(path, `filters.directories = ["${filters}", "${path}"]\n`);
  const loaded = await loadAll({ path, env: {}, uid: 0 });
  assert.ok(!loaded.ok);
  assert.deepEqual(
    loaded.error.map((problem) => formatProblem(problem).slice(folder.length + 1)),
    [
      "bailiff.toml: found a file, expected a readable directory of filters",
      "filters/folder.toml: found a directory, expected a readable filter file",
      "filters/link.toml: found no such file, expected a readable filter file",
      "filters/random.toml: found bytes that are not UTF-8, expected a TOML file in UTF-8",
    ],
  );
});

/** A new folder with these files. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-"));
  after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

test("a jail is not reported for a problem of its filter, or of the filter's directory", async () => {
  const jail = "[jails.door]\n";
  for (const [files, expected] of [
    [{ "own/door.toml": 'name = "door"\n[[rule]]\nid = "x"\n' }, /^own\/door\.toml:\d+:\d+: rule/],
    [{ own: "no directory" }, /^own: found a file/],
  ] as const) {
    const folder = folderOf(files);
    const path = join(folder, "bailiff.toml");
    writeFileSync(path, `filters.directories = ["${folder}/own"]\n${jail}`);
    const loaded = await loadAll({ path, env: {}, uid: 0 });
    assert.ok(!loaded.ok);
    const problems = loaded.error.map((one) => formatProblem(one).slice(folder.length + 1));
    assert.ok(
      problems.length > 0 && problems.every((one) => expected.test(one)),
      problems.join("\n"),
    );
  }
});

test("text that is not used is reported with its location and a hint", async () => {
  const folder = folderOf({
    "bailiff.toml": '[jails.sshd]\n[filters]\ndirectories = ["/nope"]\n',
    "bailiff.local": "",
    "conf.d/10.local": "",
    "conf.d/20.toml.bak": "",
    "conf.d/.30.local": "",
  });
  const path = join(folder, "bailiff.toml");
  const loaded = await loadAll({ path, env: {}, uid: 0 });
  assert.ok(loaded.ok);
  assert.deepEqual(loaded.value.config.unread, [
    {
      doubt: `${folder}/bailiff.local is not read: ${path} and conf.d/*.toml are`,
      fix: `move its settings to ${folder}/conf.d/bailiff.toml`,
    },
    {
      doubt: `${folder}/conf.d/10.local is not read: only files whose names end in ".toml" are`,
      fix: `rename it: mv ${folder}/conf.d/10.local ${folder}/conf.d/10.toml`,
    },
    {
      doubt: `${path}:3:16: filters.directories: /nope does not exist, so no filter is read from it`,
      fix: "correct the path, or create it: mkdir -p /nope",
    },
  ]);
  const warnings = listEntryDoubts(loaded.value).filter(({ jail }) => jail === null);
  assert.equal(warnings.length, 3, "the daemon reports them as well");
});

test("a fail2ban filter in a filter directory is not read, and a jail that needs it reports which directory is missing", async () => {
  const folder = folderOf({ "own/door.conf": "", "bailiff.toml": "" });
  const path = join(folder, "bailiff.toml");
  writeFileSync(path, `filters.directories = ["${folder}/own"]\n`);
  const loaded = await loadAll({ path, env: {}, uid: 0 });
  assert.match(
    loaded.ok ? (loaded.value.config.unread[0]?.doubt ?? "") : "",
    /own\/door\.conf is not/,
  );
  writeFileSync(path, '[filters]\ndirectories = ["/nope"]\n[jails.door]\n');
  const missing = await loadAll({ path, env: {}, uid: 0 });
  assert.match(
    missing.ok ? "" : missing.error.map(formatProblem).join("\n"),
    /^[^\n]*filters does not exist: \/nope\)$/,
  );
});

const OWN_RULE = `[[rule]]
id = "own"
is = "failure"
line = "own words from {ip}"
[[sample]]
line = "own words from 192.0.2.7"
expect = { rule = "own", ip = "192.0.2.7" }
`;

test("a filter in the administrator's directories replaces the shipped one of the same name", async () => {
  const filters = folderOf({ "sshd.toml": `name = "sshd"\nprograms = ["sshd"]\n${OWN_RULE}` });
  const config = folderOf({ "b.toml": `filters.directories = ["${filters}"]\n` });
  const loaded = await loadAll({ path: join(config, "b.toml"), env: {}, uid: 0 });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  assert.deepEqual(
    loaded.value.filters.get("sshd")?.rules.map(({ id }) => id),
    ["own"],
  );
});

test("native configuration takes precedence over a fail2ban directory", async () => {
  const fail2ban = folderOf({
    "jail.conf": `[DEFAULT]
backend = polling
usedns = no
filter = app
logpath = /dev/null
action = nftables[port=80]
maxretry = 3
findtime = 100
[app]
enabled = true
`,
    "action.d/nftables.conf": "[Definition]\nactionban = nft <port> <blocktype>\n",
    "filter.d/app.conf": "[Definition]\nfailregex = ^app <HOST>$\n",
  });
  const config = folderOf({ "b.toml": "[jails.app]\nmaxretry = 7\n" });
  const loaded = await loadAll({ path: join(config, "b.toml"), env: {}, uid: 0, fail2ban });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  const app = loaded.value.config.jails.find(({ name }) => name === "app");
  assert.deepEqual([app?.maxretry, app?.findtime], [7, 100_000]);
});

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { promisify } from "node:util";
import { formatProblem } from "../domain/problem.ts";
import { loadConfig, type LoadOptions } from "./load-config.ts";

async function makeDirectory(
  t: TestContext,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `bailiff-config-${process.pid}-`));
  t.after(() => rm(directory, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    if (name.includes("/")) await mkdir(join(directory, "conf.d"), { recursive: true });
    await writeFile(join(directory, name), content);
  }
  return directory;
}

async function problemsOf(options: Partial<LoadOptions>): Promise<readonly string[]> {
  const loaded = await loadConfig({ env: {}, uid: 0, ...options });
  return loaded.ok ? [] : loaded.error.map(formatProblem);
}

test("without any file the default settings apply", async (t) => {
  const standardPath = join(await makeDirectory(t, {}), "bailiff.toml");
  const loaded = await loadConfig({ env: { HOME: "/home/x" }, uid: 1000, standardPath });
  assert.ok(loaded.ok);
  assert.deepEqual(loaded.value.files, []);
  assert.equal(loaded.value.autojails, true);
  assert.equal(loaded.value.daemon.state, "/home/x/.local/state/bailiff");
  assert.deepEqual(loaded.value.filters.directories, [join(dirname(standardPath), "filters")]);
});

test("conf.d is read in order after the main file, and without one", async (t) => {
  const directory = await makeDirectory(t, {
    "conf.d/20-b.toml": "[defaults]\nmaxretry = 20",
    "conf.d/10-a.toml": "[defaults]\nmaxretry = 10\nipv6_prefix = 56",
    "conf.d/.99-hidden.toml": "broken",
    "conf.d/99-note.txt": "broken",
  });
  const standardPath = join(directory, "bailiff.toml");
  const alone = await loadConfig({ env: {}, uid: 0, standardPath });
  assert.ok(alone.ok);
  assert.equal(alone.value.defaults.maxretry, 20);
  await writeFile(standardPath, "[defaults]\nmaxretry = 7\nipv6_prefix = 48\nbantime = '2h'");
  const joined = await loadConfig({ env: {}, uid: 0, standardPath });
  assert.ok(joined.ok);
  const { maxretry, ipv6_prefix, bantime } = joined.value.defaults;
  assert.deepEqual([maxretry, ipv6_prefix, bantime], [20, 56, 7_200_000]);
  const names = joined.value.files.map((path) => path.slice(directory.length + 1));
  assert.deepEqual(names, ["bailiff.toml", "conf.d/10-a.toml", "conf.d/20-b.toml"]);
  assert.deepEqual(joined.value.filters.directories, [join(directory, "filters")]);
});

test("the command line takes precedence over the environment, and both over the standard file", async (t) => {
  const directory = await makeDirectory(t, {
    "a.toml": "[defaults]\nmaxretry = 1",
    "b.toml": "[defaults]\nmaxretry = 2",
    "c.toml": "[defaults]\nmaxretry = 3",
  });
  const of = async (options: Partial<LoadOptions>): Promise<number | undefined> => {
    const standardPath = join(directory, "a.toml");
    const loaded = await loadConfig({ env: {}, uid: 0, standardPath, ...options });
    return loaded.ok ? loaded.value.defaults.maxretry : undefined;
  };
  const env = { BAILIFF_CONFIG: join(directory, "b.toml") };
  assert.equal(await of({}), 1);
  assert.equal(await of({ env }), 2);
  assert.equal(await of({ env, path: join(directory, "c.toml") }), 3);
  assert.equal(await of({ env: { BAILIFF_CONFIG: "" } }), 1);
});

test("a named file that does not exist is a problem", async (t) => {
  const path = join(await makeDirectory(t, {}), "absent.toml");
  assert.deepEqual(await problemsOf({ path }), [`${path}: no such file (from --config)`]);
  assert.deepEqual(await problemsOf({ env: { BAILIFF_CONFIG: path } }), [
    `${path}: no such file (from BAILIFF_CONFIG)`,
  ]);
});

test("all files that are not readable text are reported together", async (t) => {
  const directory = await makeDirectory(t, {
    "conf.d/10-large.toml": "#".repeat(1024 * 1024 + 1),
    "conf.d/20-latin1.toml": Buffer.from("# ok\n# caf\u00e9\n", "latin1"),
    "conf.d/50-key.toml": "[defaults]\nbogus = 1",
  });
  await mkdir(join(directory, "conf.d/30-directory.toml"));
  await promisify(execFile)("/usr/bin/mkfifo", [join(directory, "conf.d/40-pipe.toml")]);
  await symlink("/nowhere", join(directory, "conf.d/60-dangling.toml"));
  const problems = await problemsOf({ standardPath: join(directory, "bailiff.toml") });
  const expected = [
    /10-large.toml: found 1048577 bytes, expected .* at most 1 MiB/,
    /20-latin1.toml:2:6: found bytes that are not UTF-8, expected UTF-8 \(save the file as UTF-8\)/,
    /30-directory.toml: found a directory, expected a TOML file/,
    /40-pipe.toml: found a device or pipe, expected a TOML file/,
    /60-dangling.toml: a symbolic link whose target does not exist/,
    /50-key.toml:2:1: defaults.bogus: found unknown key/,
  ];
  assert.equal(problems.length, expected.length, problems.join("\n"));
  for (const [i, pattern] of expected.entries()) assert.match(problems[i] ?? "", pattern);
});

test("a directory given as the file, or a file in place of conf.d, is reported", async (t) => {
  const directory = await makeDirectory(t, { "conf.d": "", "bailiff.toml": "" });
  assert.match(
    (await problemsOf({ path: directory }))[0] ?? "",
    /specify the file in it: .*bailiff.toml/,
  );
  const [problem] = await problemsOf({ path: join(directory, "bailiff.toml") });
  assert.match(problem ?? "", /conf.d: found a file, expected a readable directory/);
});

test("a file without read permission is reported", async (t) => {
  const directory = await makeDirectory(t, { "bailiff.toml": "" });
  const path = join(directory, "bailiff.toml");
  await chmod(directory, 0o755);
  await chmod(path, 0o600);
  // Root may read everything, so this runs as user nobody.
  const script = `process.setgid(65534); process.setuid(65534);
    const { loadConfig } = await import(${JSON.stringify(join(import.meta.dirname, "load-config.ts"))});
    console.log(JSON.stringify(await loadConfig({ path: ${JSON.stringify(path)}, env: {}, uid: 65534 })));`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--input-type=module",
    "-e",
    script,
  ]);
  assert.match(stdout, /"got":"no right to read it"/);
});

test("a group that does not exist is reported at its position", async (t) => {
  const directory = await makeDirectory(t, {
    "bailiff.toml": '[daemon]\nsocket_group = "no-such-group"\n',
    "good.toml": '[daemon]\nsocket_group = "root"\n',
  });
  assert.deepEqual(await problemsOf({ path: join(directory, "bailiff.toml") }), [
    `${directory}/bailiff.toml:2:16: daemon.socket_group: found "no-such-group", expected a group of this host (create it: groupadd --system no-such-group)`,
  ]);
  assert.deepEqual(await problemsOf({ path: join(directory, "good.toml") }), []);
});

test("a user without an account, whose containers are to be read, is reported at its position", async (t) => {
  const directory = await makeDirectory(t, {
    "bailiff.toml": '[containers]\nusers = ["root", "no-such-user"]\n',
    "good.toml": '[containers]\nusers = ["root"]\n',
  });
  assert.deepEqual(await problemsOf({ path: join(directory, "bailiff.toml") }), [
    `${directory}/bailiff.toml:2:18: containers.users, entry 2: found "no-such-user", expected a user of this host, as /etc/passwd lists them`,
  ]);
  assert.deepEqual(await problemsOf({ path: join(directory, "good.toml") }), []);
});

/**
 * The launcher and the daemon during an upgrade in place: the installed version keeps protecting if the upgrade fails.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { RunningProgram } from "../../src/demo/running-program.ts";
import { openNotifySocket } from "./notify-socket.ts";

const CHECKOUT = join(import.meta.dirname, "../..");
const COPIED = ["bailiff", "package.json", "package-lock.json", "src", "filters", "tools"];
/** A fake npm: prints its arguments, and installs the packages of this checkout ($INSTALLED is its node_modules). */
const NPM = `#!/bin/sh
echo "npm $*" >&2
[ -z "$NPM_FAILS" ] || exit 1
mkdir node_modules && ln -s "$INSTALLED"/* node_modules/
cp "$INSTALLED/.package-lock.json" node_modules/
`;

let folder: string;
let tree: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), `bailiff-launcher-${process.pid}-`));
  tree = join(folder, "tree");
  mkdirSync(tree);
  for (const name of COPIED) cpSync(join(CHECKOUT, name), join(tree, name), { recursive: true });
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin/npm"), NPM, { mode: 0o755 });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Installs like `npm ci`. */
function install(): void {
  const from = join(CHECKOUT, "node_modules");
  mkdirSync(join(tree, "node_modules"));
  for (const name of readdirSync(from).filter((name) => !/^\.(?:cache|installed)/.test(name)))
    symlinkSync(join(from, name), join(tree, "node_modules", name));
}

interface Start {
  readonly npmFails?: boolean;
  /** Shell that runs before the launcher, as root in a mount namespace. */
  readonly before?: string;
  readonly argv?: readonly string[];
}

function start({
  npmFails = false,
  before = ":",
  argv = [join(tree, "bailiff"), "version"],
}: Start = {}): {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
} {
  const script = `${before}; exec sh "$@"`;
  const end = spawnSync("unshare", ["--mount", "sh", "-ec", script, "sh", ...argv], {
    encoding: "utf8",
    timeout: 180_000,
    env: {
      PATH: `${join(folder, "bin")}:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: folder,
      INSTALLED: join(CHECKOUT, "node_modules"),
      TREE: tree,
      ...(npmFails ? { NPM_FAILS: "yes" } : {}),
    },
  });
  return { code: end.status, out: end.stdout, error: end.stderr };
}

/** An upgrade that wants another version of a package. */
function upgradeLockfile(): void {
  const path = join(tree, "package-lock.json");
  const text = readFileSync(path, "utf8");
  writeFileSync(
    path,
    text.replace(/("node_modules\/valibot": \{\s*"version": )"[^"]+"/, '$1"99.0.0"'),
  );
  assert.notEqual(readFileSync(path, "utf8"), text);
}

test("installed packages are compared by content, not by time", () => {
  install();
  utimesSync(join(tree, "package-lock.json"), new Date(), new Date(Date.now() + 3_600_000));
  const { code, out, error } = start({ npmFails: true });
  assert.deepEqual([code, error], [0, ""]);
  assert.match(out, /^command  /);
  upgradeLockfile();
  utimesSync(join(tree, "package-lock.json"), new Date(0), new Date(0));
  assert.match(start().error, /npm ci/, "an old time hides no change");
});

test("with a newer lockfile and no way to install, the old packages are used with a warning", () => {
  install();
  upgradeLockfile();
  const readOnly = 'mount --bind "$TREE" "$TREE"; mount -o remount,ro,bind "$TREE"';
  for (const how of [{ npmFails: true }, { before: readOnly }, { before: "rm $TREE/../bin/npm" }]) {
    const { code, out, error } = start(how);
    assert.equal(code, 0, error);
    assert.match(out, /^command  /);
    assert.match(error, /continuing with the installed packages/);
  }
  assert.deepEqual(
    readdirSync(tree).filter((name) => name === ".installing"),
    [],
  );
});

test("without any installation, missing packages are an error", () => {
  const { code, error } = start({ npmFails: true });
  assert.equal(code, 69);
  assert.match(error, /npm ci failed/);
});

test("the daemon's commands install no development packages; a development tool does", () => {
  const first = start();
  assert.equal(first.code, 0, first.error);
  assert.match(first.error, /npm ci .*--omit=dev/);
  assert.equal(start().error, "", "once is enough");
  const tool = join(tree, "tools/with-node.sh");
  // As after an installation without them.
  rmSync(join(tree, "node_modules/.package-lock.json"));
  rmSync(join(tree, "node_modules/.installed-for-runtime"));
  const second = start({ argv: [tool, "tools/warm-cache.ts"] });
  assert.equal(second.code, 0, second.error);
  assert.match(second.error, /npm ci .*--include=dev/);
});

test("changes of its source files do not affect a running daemon", async () => {
  install();
  const at = (name: string): string => join(folder, name);
  const config = (more: string): void =>
    writeFileSync(
      at("bailiff.toml"),
      `[daemon]\nstate = "${at("state")}"\nsocket = "${at("socket")}"\n${more}[jails.sshd]\nenforcer = "memory"\nsource = { file = ["${at("auth.log")}"] }\n`,
    );
  mkdirSync(at("state"));
  appendFileSync(at("auth.log"), "");
  config("");
  const ask = (...argv: readonly string[]): string => {
    const all = [join(CHECKOUT, "bailiff"), "--config", at("bailiff.toml"), ...argv];
    const { stdout, stderr } = spawnSync("sh", all, { encoding: "utf8", timeout: 180_000 });
    return stdout + stderr;
  };
  // The daemon only keeps its modules after it reported ready.
  const systemd = openNotifySocket(at("notify"));
  const env = { BAILIFF_CACHE: at("cache"), NOTIFY_SOCKET: systemd.path };
  const argv = ["/bin/sh", join(tree, "bailiff"), "--config", at("bailiff.toml"), "run"];
  await using daemon = new RunningProgram({ argv, env });
  assert.ok(
    (await daemon.until("jail", { limit: 180_000 })) !== undefined,
    daemon.lines.join("\n"),
  );
  assert.ok((await systemd.until("READY=1", 180_000)) !== undefined, daemon.lines.join("\n"));
  systemd.close();
  for (const name of ["src", "filters", "node_modules"])
    renameSync(join(tree, name), at(`old-${name}`));
  assert.match(ask("doctor", "sshd"), /^sshd: observing/m);
  assert.match(ask("drift", "sshd"), /sshd/);
  assert.match(ask("verify", "sshd"), /sshd/);
  config("nonsense = 1\n");
  assert.match(ask("reload"), /nonsense/);
  config(`[jails.nginx]\nenforcer = "memory"\nsource = { file = ["${at("auth.log")}"] }\n`);
  ask("reload");
  assert.match(ask("status"), /nginx/, "a jail with a filter that was not in use before");
  assert.deepEqual(
    daemon.lines.filter((line) => /Cannot find|ENOENT|ERR_MODULE|\bbug\b/.test(line)),
    [],
  );
  assert.ok(!existsSync(join(tree, "src")));
});

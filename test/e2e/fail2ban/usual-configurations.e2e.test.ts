/**
 * Compares typical configurations in Debian's fail2ban and in bailiff: the same jails run with the same limits and
 * sources, and every action is either replaced by our firewall or runs as written.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Fail2banSetup, loadFail2ban } from "../../../src/jails/load-fail2ban.ts";
import { readSeconds } from "../../../src/fail2ban/config/read-seconds.ts";
import { USUAL_CONFIGURATIONS } from "./usual-configurations.ts";

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "bailiff-usual-"));
  mkdirSync(join(folder, "logs"));
  for (const name of ["auth", "app"]) writeFileSync(join(folder, "logs", `${name}.log`), "");
});
after(() => rmSync(folder, { recursive: true }));

function write(name: string, files: Readonly<Record<string, string>>): string {
  const directory = join(folder, name.replaceAll(/\W+/g, "-"));
  cpSync("/etc/fail2ban", directory, { recursive: true });
  rmSync(join(directory, "jail.d"), { recursive: true, force: true });
  mkdirSync(join(directory, "jail.d"));
  for (const [file, text] of Object.entries(files)) {
    const path = join(directory, file);
    if (text.startsWith("+")) appendFileSync(path, `\n${text.slice(1)}`);
    else writeFileSync(path, text.replaceAll("LOGS", join(folder, "logs")));
  }
  return directory;
}

interface TheirJail {
  readonly backend: string;
  readonly options: ReadonlyMap<string, string>;
}

/** The jails according to the commands that fail2ban's client would send. */
function theirJails(directory: string): ReadonlyMap<string, TheirJail> {
  const { stdout } = spawnSync("/usr/bin/fail2ban-client", ["-c", directory, "-d"], {
    encoding: "utf8",
  });
  const jails = new Map<string, { backend: string; options: Map<string, string> }>();
  for (const line of stdout.split("\n")) {
    const added = /^\['add', '([^']+)', '([^']+)'\]$/.exec(line);
    if (added !== null) jails.set(added[1] ?? "", { backend: added[2] ?? "", options: new Map() });
    const set = /^\['set', '([^']+)', '(\w+)', '?([^'\]]*)'?\]$/.exec(line);
    if (set !== null) jails.get(set[1] ?? "")?.options.set(set[2] ?? "", set[3] ?? "");
  }
  return jails;
}

function value(config: string, key: string): string | undefined {
  return new RegExp(`^${key} = "?([^"\\n]*)"?$`, "m").exec(config)?.[1];
}

/** For each jail, the ports that our firewall closes, and the actions that run as written. */
function whatRuns({ jails }: Fail2banSetup): Readonly<Record<string, string>> {
  return Object.fromEntries(
    jails.map(({ name, config }) => {
      const ports = /^ports = .*$/m.exec(config)?.[0];
      const actions = [...config.matchAll(/^\[\[jails\.[^\]]+\]\]\nname = "([^"]+)"/gm)];
      const named = actions.map(([, action = ""]) => action.replace(/-(?:proxy|mail)$/, ""));
      return [name, [...(ports === undefined ? [] : [ports]), ...named].join("; ")];
    }),
  );
}

for (const { name, files, runs } of USUAL_CONFIGURATIONS) {
  test(name, async () => {
    const directory = write(name, files);
    const setup = await loadFail2ban(directory);
    const theirs = theirJails(directory);
    assert.deepEqual(whatRuns(setup), runs);
    assert.deepEqual(setup.jails.map((jail) => jail.name).sort(), [...theirs.keys()].sort());
    for (const { name: jail, config } of setup.jails) {
      const { backend = "", options = new Map<string, string>() } = theirs.get(jail) ?? {};
      assert.equal(value(config, "maxretry"), options.get("maxretry"), `${jail}: maxretry`);
      for (const key of ["findtime", "bantime"]) {
        const seconds = readSeconds((options.get(key) ?? "").replace(/#.*/, ""));
        assert.ok(seconds.ok, `${jail}: ${key}`);
        const length = seconds.value < 0 ? "forever" : `${seconds.value}s`;
        assert.equal(value(config, key), length, `${jail}: ${key}`);
      }
      const journal = /^source = \{ journal = /m.test(config);
      assert.equal(journal, backend === "systemd", `${jail}: ${backend}`);
    }
  });
}

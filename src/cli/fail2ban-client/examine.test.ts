import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadFail2ban } from "../../jails/load-fail2ban.ts";
import { runCommands } from "../run-commands.fixture.ts";

const directory = mkdtempSync(join(tmpdir(), "bailiff-examine-"));
after(() => rmSync(directory, { recursive: true }));
writeFileSync(join(directory, "some.log"), "");

/** Options of a jail with a log and a failregex, and whether the result is good. */
const JAILS: readonly (readonly [string, boolean])[] = [
  ["", true],
  // The daemon continues with a warning.
  ["max-retry = 3", true],
  ["maxretry = 3  # three", true],
  ["ignoreip = 192.0.2.1 # my LAN", true],
  // fail2ban accepts these; the daemon leaves the jail out.
  ["prefregex = ^x(<F-CONTENT>.+</F-CONTENT>", false],
  ["datepattern = %%Y-%%m-%%d(", false],
  ["filter = nosuch", false],
];

const folders = JAILS.map(([text], n) => {
  const folder = join(directory, String(n));
  mkdirSync(folder);
  const jail = `[j]\nenabled = true\nlogpath = ${join(directory, "some.log")}\nfailregex = ^x <ADDR>$\n${text}\n`;
  writeFileSync(join(folder, "jail.conf"), jail);
  return folder;
});

test("-t and -d report the same about a configuration as the daemon", async (t) => {
  const client = (folder: string, word: string) => ["fail2ban-client", "-c", folder, word];
  const ends = runCommands(folders.flatMap((folder) => ["-t", "-d"].map((w) => client(folder, w))));
  for (const [n, [text, good]] of JAILS.entries())
    await t.test(`"${text}"`, async () => {
      const { leftOut } = await loadFail2ban(folders[n] ?? "");
      assert.equal(leftOut.length === 0, good, JSON.stringify(leftOut));
      for (const end of ends.slice(2 * n, 2 * n + 2))
        assert.equal(end.status, good ? 0 : 255, end.stdout + end.stderr);
    });
});

test("-t of a folder without a jail.conf fails", () => {
  const [end] = runCommands([["fail2ban-client", "-c", join(directory, "none"), "-t"]]);
  assert.equal(end?.status, 255);
});

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadFail2ban } from "../../jails/load-fail2ban.ts";
import { examine } from "./examine.ts";
import { parseClientOptions } from "./options.ts";

const directory = mkdtempSync(join(tmpdir(), "bailiff-examine-"));
after(() => rmSync(directory, { recursive: true }));
writeFileSync(join(directory, "some.log"), "");

/** What follows belongs to a jail that reads a log and has a failregex. */
const JAILS: readonly (readonly [string, boolean])[] = [
  ["", true],
  // The daemon continues with a warning.
  ["max-retry = 3", true],
  ["maxretry = 3  # three", true],
  ["ignoreip = 192.0.2.1 # my LAN", true],
  // fail2ban says that these are fine; the daemon leaves them out.
  ["prefregex = ^x(<F-CONTENT>.+</F-CONTENT>", false],
  ["datepattern = %%Y-%%m-%%d(", false],
  ["filter = nosuch", false],
];

for (const [text, good] of JAILS)
  test(`-t and -d say of "${text}" what the daemon says`, async () => {
    const jail = `[j]\nenabled = true\nlogpath = ${join(directory, "some.log")}\nfailregex = ^x <ADDR>$\n${text}\n`;
    writeFileSync(join(directory, "jail.conf"), jail);
    const { leftOut } = await loadFail2ban(directory);
    assert.equal(leftOut.length === 0, good, JSON.stringify(leftOut));
    for (const words of [["-t"], ["-d"]]) {
      const options = parseClientOptions(["-c", directory, ...words]);
      assert.ok(options !== undefined);
      assert.equal(await examine(options), good, words.join(" "));
    }
  });

test("-t of a folder without a jail.conf fails", async () => {
  const options = parseClientOptions(["-c", join(directory, "none"), "-t"]);
  assert.ok(options !== undefined);
  assert.equal(await examine(options), false);
});

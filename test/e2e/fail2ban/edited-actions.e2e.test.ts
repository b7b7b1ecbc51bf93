/**
 * Runs firewall actions that the daemon's firewall does not replace: a stock file with an additional command in a
 * .local file, and one whose arguments accept packets instead of dropping them. The stock file is from Debian's
 * package.
 */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openStage, type Stage, untilTrue } from "../stage.ts";

let stage: Stage;
let directory: string;
let told: string;

const FILTER = "[Definition]\nfailregex = ^\\s*(?:app|knock): FAIL from <ADDR>$\n";

function jail(name: string, action: string): string {
  return `[${name}]\nenabled = true\nfilter = ${name}\naction = ${action}\n`;
}

before(async () => {
  stage = await openStage({ sshd: "none", config: "" });
  directory = join(stage.lab.folder, "fail2ban");
  told = join(stage.lab.folder, "told");
  for (const name of ["action.d", "filter.d"])
    mkdirSync(join(directory, name), { recursive: true });
  copyFileSync("/etc/fail2ban/action.d/nftables.conf", join(directory, "action.d/nftables.conf"));
  copyFileSync("/etc/fail2ban/action.d/nftables.conf", join(directory, "action.d/more.conf"));
  writeFileSync(
    join(directory, "action.d/more.local"),
    `[Definition]\nactionban = <known/actionban>\n            echo "<ip>" >> ${told}\n`,
  );
  for (const name of ["app", "knock"])
    writeFileSync(join(directory, `filter.d/${name}.conf`), FILTER.replace("(?:app|knock)", name));
  const head = `[DEFAULT]\nbackend = polling\nusedns = no\nmaxretry = 2\nlogpath = ${stage.log}\n`;
  const jails = [
    jail("app", "more[port=80, table=edited]"),
    jail("knock", "nftables[port=21, table=knocked, blocktype=accept]"),
  ];
  writeFileSync(join(directory, "jail.conf"), head + jails.join(""));
  await stage.start({ args: ["--fail2ban", directory] });
});

after(() => stage[Symbol.asyncDispose]());

function fail(program: string, ip: string): void {
  const at = new Date().toISOString().slice(0, 19).replace("T", " ");
  stage.write([1, 2].map(() => `${at} ${program}: FAIL from ${ip}`));
}

test("added and original commands both run", async () => {
  fail("app", "192.0.2.40");
  await untilTrue(() => existsSync(told), "the added command");
  assert.equal(readFileSync(told, "utf8"), "192.0.2.40\n");
  const { output } = await stage.lab.run("host", ["nft", "list", "table", "inet", "edited"]);
  assert.match(output, /192\.0\.2\.40/);
  assert.ok(!(await stage.blocked()).includes("192.0.2.40"), "closed by the action alone");
});

test("an action that accepts packets is never replaced by a ban", async () => {
  fail("knock", "192.0.2.41");
  const list = ["nft", "list", "table", "inet", "knocked"];
  await untilTrue(
    async () => (await stage.lab.run("host", list)).output.includes("192.0.2.41"),
    "the action ran",
  );
  assert.match((await stage.lab.run("host", list)).output, /accept/);
  assert.ok(!(await stage.blocked()).includes("192.0.2.41"));
});

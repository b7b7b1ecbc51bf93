/** The unit that mails the weekly report: its command, with programs in place of bailiff and sendmail. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const folder = mkdtempSync(join(tmpdir(), `bailiff-mail-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));
const UNIT = join(import.meta.dirname, "../../packaging/systemd/bailiff-report.service");
const PAGE = "<!doctype html>\n<p>a \\u001b name, 100% of it</p>\n<p>$HOME</p>";

function program(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

/** Returns the script as systemd hands it to the shell. */
function scriptOf(bailiff: string, sendmail: string): string {
  const [, script = ""] =
    /^ExecStart=\/bin\/sh -ec '(.*)'$/m.exec(readFileSync(UNIT, "utf8")) ?? [];
  assert.ok(script.includes("/usr/local/sbin/bailiff") && script.includes("/usr/sbin/sendmail"));
  assert.doesNotMatch(script, /\\/, "systemd would replace what follows a backslash");
  return script
    .replaceAll("/usr/local/sbin/bailiff", bailiff)
    .replaceAll("/usr/sbin/sendmail", sendmail)
    .replaceAll(/%[%H]/g, (word) => (word === "%%" ? "%" : "web1"))
    .replaceAll("$$", "$");
}

function run(bailiff: string, mail: string): number | null {
  const sendmail = program("sendmail", `[ "$*" = -t ] || exit 9; cat > ${mail}`);
  const env = { PATH: process.env["PATH"], MAIL_TO: "ops@example.com" };
  return spawnSync("/bin/sh", ["-ec", scriptOf(bailiff, sendmail)], { env }).status;
}

test("the page arrives unchanged, with the header of a mail", () => {
  const page = join(folder, "page.html");
  writeFileSync(page, `${PAGE}\n`);
  const asked = '[ "$*" = "report --since 7d --format html" ] || exit 9';
  const mail = join(folder, "mail");
  assert.equal(run(program("bailiff", `${asked}; cat ${page}`), mail), 0);
  const [header = "", body = ""] = readFileSync(mail, "utf8").split(/\n\n([^]*)/);
  assert.deepEqual(header.split("\n"), [
    "To: ops@example.com",
    "Subject: bailiff report of web1",
    "MIME-Version: 1.0",
    "Content-Type: text/html; charset=utf-8",
    "Content-Transfer-Encoding: base64",
  ]);
  assert.equal(Buffer.from(body, "base64").toString(), PAGE);
});

test("without a daemon nothing is sent, and the unit fails", () => {
  const mail = join(folder, "none");
  assert.equal(run(program("bailiff", "exit 69"), mail), 69);
  assert.throws(() => readFileSync(mail), /ENOENT/);
});

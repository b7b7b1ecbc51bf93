import assert from "node:assert/strict";
import { test } from "node:test";
import { shortenJournal } from "./status.ts";

for (const [where, shown] of [
  ["/var/log/auth.log", "/var/log/auth.log"],
  [
    "journal (SYSLOG_IDENTIFIER=sshd or SYSLOG_IDENTIFIER=sshd-session) AND _UID=0 or _SYSTEMD_UNIT=ssh.service",
    "journal of sshd, sshd-session, ssh.service",
  ],
  ["journal everything", "journal everything"],
  ["journal _UID=0", "journal _UID=0"],
] as const) {
  test(`the table of jails shows ${where} as ${shown}`, () => {
    assert.equal(shortenJournal(where), shown);
  });
}

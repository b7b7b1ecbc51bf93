import assert from "node:assert/strict";
import { test } from "node:test";
import { describeEffect, shortenJournal } from "./status.ts";

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

const ENFORCER = {
  ...{ chosen_because: null, used: true, enforcing: true, trouble: null, fix: null },
  ...{ blocks: 0, capacity: null, left_out: 0 },
};

for (const [enforcers, shown] of [
  [[["nftables", "drop"]], "nftables drops packets of banned addresses"],
  [[["ipt", "reject"]], "ipt refuses packets of banned addresses"],
  [[["route", null]], "bans are enforced by route"],
  [
    [
      ["nftables", "reject"],
      ["deny", null],
    ],
    "bans are enforced by nftables, deny",
  ],
] as const)
  test(`status says: ${shown}`, () => {
    const name = enforcers.map(([one]) => one).join(", ");
    const enforcer = { name, enforcing: true, trouble: null, fix: null };
    const each = enforcers.map(([one, verdict]) => ({ ...ENFORCER, name: one, verdict }));
    assert.equal(describeEffect({ enforcer, enforcers: each }), shown);
  });

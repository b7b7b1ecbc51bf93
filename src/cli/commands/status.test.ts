import assert from "node:assert/strict";
import { test } from "node:test";
import type { JailReply, StatusReply } from "../../control/status-messages.ts";
import { openTerminal } from "../terminal.ts";
import { describeAll, describeEffect, shortenJournal } from "./status.ts";

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

const SSHD: JailReply = {
  ...{ name: "sshd", state: "protecting", reason: "", cause: null, fix: null, policy: "" },
  ...{ since: "2026-11-23T06:11:41.020Z", filter: "sshd", mode: "normal", bans_by: "firewall" },
  ...{
    links: [],
    by_hand: false,
    sources: [],
    confirmed_by: [],
    failures: 7,
    tracked: 2,
    banned: 1,
  },
  detectors: {
    ...{ slow: "act", evidence: "act", siege: "report" },
    ...{ campaigns: "report", subnets: "report", accounts: "report" },
  },
  ignored: [],
  ignored_not_listed: 0,
};
const STATUS: StatusReply = {
  ...{ version: "0.1.0", state: "protecting", started_at: "2026-11-23T06:11:40.382Z" },
  enforcer: { name: "nftables", enforcing: true, trouble: null, fix: null },
  enforcers: [{ ...ENFORCER, name: "nftables", verdict: "drop" }],
  record: { state: "ok", reason: null, unsaved: 0 },
  demoted_detectors: [],
  ...{ suspected_compromises: [], jails: [SSHD], lists: [], banned_total: 1, other_bans: [] },
  ...{ looking_for: [], exempting_nobody: [], left_out: [] },
};

test("a suspected compromise stands below the header, before the jails", () => {
  const terminal = { ...openTerminal(), width: 200 };
  const alarm = { at: "2026-11-29T09:00:00.000Z", jail: "sshd", ip: "192.0.2.7", user: "bob" };
  const suspected_compromises = [
    { ...alarm, reason: "guessed", campaign: null, alarms_not_kept: 0 },
  ];
  const shown = describeAll({ ...STATUS, suspected_compromises }, terminal);
  assert.match(shown, /^bailiff .*\n(?: {2}.*\n)*\nSUSPECTED COMPROMISE: .*\n.*\n.*\n\nJAIL /);
  assert.doesNotMatch(describeAll(STATUS, terminal), /COMPROMISE/);
});

test("a detector that only reports because it was wrong is in the header", () => {
  const terminal = { ...openTerminal(), width: 200 };
  const shown = describeAll(
    { ...STATUS, demoted_detectors: ["the detector slow is off"] },
    terminal,
  );
  assert.match(shown, /^Note: the detector slow is off$/m);
  assert.doesNotMatch(describeAll(STATUS, terminal), /Note:/);
});

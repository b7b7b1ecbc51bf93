/** Advice for a jail of fail2ban's files names fail2ban's options. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fixInFail2banTerms } from "./fix-in-fail2ban-terms.ts";

for (const [ours, theirs] of [
  [
    'name its log: [jails.sshd] source = { file = ["/path/to/log"] }',
    "name its log: [sshd] logpath = /path/to/log",
  ],
  [
    '[jails.sshd] source = { journal = ["_SYSTEMD_UNIT=ssh.service _COMM=sshd", "_COMM=sshd"] }, then: bailiff reload',
    "[sshd] backend = systemd, journalmatch = _SYSTEMD_UNIT=ssh.service _COMM=sshd + _COMM=sshd, then: bailiff reload",
  ],
  [
    '[jails.x] source = { journal = ["_COMM=x"], directory = "/srv/journal" }',
    "[x] backend = systemd[journalpath=/srv/journal], journalmatch = _COMM=x",
  ],
  [
    'in the jail: ports = [22, 2222, "53/udp"], or ports = "all"',
    "in the jail: port = 22,2222,53, or banaction = %(banaction_allports)s",
  ],
  [
    "increment.maxtime (1h) is below bantime (2h): raise increment.maxtime, or write increment = { enabled = false }",
    "bantime.maxtime (1h) is below bantime (2h): raise bantime.maxtime, or write bantime.increment = false",
  ],
  [
    "lower increment.jitter: increment makes it longer",
    "lower bantime.rndtime: bantime.increment makes it longer",
  ],
  ["systemctl restart rsyslog", "systemctl restart rsyslog"],
] as const)
  test(ours, () => assert.equal(fixInFail2banTerms(ours), theirs));

import { HOUR, MINUTE, SECOND } from "../history.ts";
import { ALICE, ATTACKER, banned, type Case } from "./case.ts";

/** Cases about who is exempt, by commands and by guards. */
export const EXEMPTIONS: readonly Case[] = [
  {
    name: "an allowed address is banned",
    expected: ["exempt-banned"],
    run: (h) => (
      h.command("allow", ATTACKER), h.wait(MINUTE), h.fail(ATTACKER, 5), h.ban(ATTACKER, HOUR)
    ),
  },
  {
    name: "an allowed address stays banned",
    expected: ["exempt-banned"],
    run: (h) => (banned(h), h.command("allow", ATTACKER), h.wait(2 * SECOND)),
  },
  {
    name: "an exemption that ended does not spare",
    expected: ["ban-missing"],
    run: (h) => {
      h.command("allow", ATTACKER, { time: MINUTE });
      h.wait(2 * MINUTE);
      h.fail(ATTACKER, 5);
      h.waitLong(2 * MINUTE);
    },
  },
  {
    name: "a guesser beside a session is exempt for more than 20 offenses",
    expected: ["ban-missing"],
    run: (h) => {
      h.happen({ kind: "session-opened", ip: ALICE, user: "alice" });
      h.wait(2 * MINUTE);
      h.fail(ALICE, 22 * 3 * 5);
      h.waitLong(2 * MINUTE);
    },
  },
  {
    name: "a guesser beside a session is exempt for fewer than 20 offenses",
    expected: [],
    run: (h) => {
      h.happen({ kind: "session-opened", ip: ALICE, user: "alice" });
      h.wait(2 * MINUTE);
      h.fail(ALICE, 19 * 5);
      h.waitLong(2 * MINUTE);
    },
  },
  {
    name: "a network with an exempt address is banned by the offender's own address",
    expected: [],
    run: (h) => {
      h.command("allow", "2001:db8:7::ffff");
      h.wait(MINUTE);
      h.fail("2001:db8:7::1", 5);
      h.ban("2001:db8:7::1", HOUR);
      h.waitLong(2 * MINUTE);
    },
  },
  {
    name: "a banned network is narrowed to its offenders",
    expected: [],
    run: (h) => {
      h.fail("2001:db8:7::1", 5);
      h.ban("2001:db8:7::/64", HOUR);
      h.wait(MINUTE);
      h.command("allow", "2001:db8:7::ffff");
      h.bans = [];
      h.dropped = [];
      h.ban("2001:db8:7::1", 59 * MINUTE);
      h.waitLong(MINUTE);
    },
  },
  {
    name: "a narrowed ban lets its offender go",
    expected: ["narrowed-ban-missing"],
    run: (h) => {
      h.fail("2001:db8:7::1", 5);
      h.ban("2001:db8:7::/64", HOUR);
      h.wait(MINUTE);
      h.command("allow", "2001:db8:7::ffff");
      h.unban("2001:db8:7::/64");
      h.waitLong(5 * MINUTE);
    },
  },
  {
    name: "a fifth address is banned from which people log in",
    expected: ["breaker-not-tripped"],
    run: (h) => {
      const users = ["alice", "bob", "carol", "dave", "erin"];
      users.forEach((user, index) => {
        h.fail(`192.0.2.${index}`, 1, { user, outcome: "succeeded" });
      });
      h.waitLong(26 * HOUR, 20 * MINUTE);
      users.forEach((user, index) => {
        h.fail(`192.0.2.${index}`, 10, { user });
        h.ban(`192.0.2.${index}`, HOUR);
      });
    },
  },
  {
    name: "unban is not obeyed",
    expected: ["unban-not-obeyed"],
    run: (h) => (banned(h), h.wait(MINUTE), h.command("unban", ATTACKER), h.wait(2 * SECOND)),
  },
  {
    name: "failures from before an unban count",
    expected: ["banned-without-cause"],
    run: (h) => {
      h.fail(ATTACKER, 4);
      h.command("unban", ATTACKER);
      h.wait(MINUTE);
      h.fail(ATTACKER, 1);
      h.ban(ATTACKER, HOUR);
    },
  },
  {
    name: "a ban by hand",
    expected: [],
    run: (h) => (
      h.command("ban", "203.0.113.0/25", { time: HOUR }),
      h.ban("203.0.113.0/25", HOUR, "manual"),
      h.waitLong(5 * MINUTE)
    ),
  },
  {
    name: "a ban by hand is missing",
    expected: ["ordered-ban-missing"],
    run: (h) => (h.command("ban", ATTACKER, { time: HOUR }), h.waitLong(5 * MINUTE)),
  },
  {
    name: "an address with a live session is banned",
    expected: ["banned-while-logged-in"],
    run: (h) => {
      h.happen({ kind: "session-opened", ip: ALICE, user: "alice" });
      h.waitLong(5 * MINUTE);
      h.fail(ALICE, 5);
      h.ban(ALICE, HOUR);
    },
  },
  {
    name: "an address with a live session is spared for an hour, then banned",
    expected: ["ban-missing"],
    run: (h) => {
      h.happen({ kind: "session-opened", ip: ALICE, user: "alice" });
      h.waitLong(5 * MINUTE);
      h.fail(ALICE, 5);
      h.waitLong(2 * HOUR);
      h.fail(ALICE, 15);
      h.waitLong(2 * MINUTE);
    },
  },
  {
    name: "a shared address is banned at the plain threshold",
    expected: ["shared-address-banned"],
    run: (h) => {
      for (const user of ["alice", "bob", "carol"])
        h.fail(ALICE, 1, { user, outcome: "succeeded" });
      h.waitLong(5 * MINUTE);
      h.fail(ALICE, 5);
      h.ban(ALICE, HOUR);
    },
  },
  {
    name: "one known account that mistypes is banned at the plain threshold",
    expected: ["known-account-banned"],
    run: (h) => {
      h.fail(ALICE, 1, { user: "alice", outcome: "succeeded" });
      h.waitLong(5 * MINUTE);
      h.fail(ALICE, 5, { user: "alice" });
      h.ban(ALICE, HOUR);
    },
  },
];

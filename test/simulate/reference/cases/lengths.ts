import { HOUR, MINUTE, SECOND, SSHD } from "../history.ts";
import { ATTACKER, banned, type Case, crash, start } from "./case.ts";

/** Cases about how long bans last. */
export const LENGTHS: readonly Case[] = [
  {
    name: "six minutes longer",
    expected: ["ban-length"],
    run: (h) => (h.fail(ATTACKER, 5), h.ban(ATTACKER, HOUR + 6 * MINUTE)),
  },
  {
    name: "jitter of five minutes",
    expected: [],
    run: (h) => (h.fail(ATTACKER, 5), h.ban(ATTACKER, HOUR + 5 * MINUTE)),
  },
  {
    name: "shorter",
    expected: ["ban-length"],
    run: (h) => (h.fail(ATTACKER, 5), h.ban(ATTACKER, 50 * MINUTE)),
  },
  {
    name: "the second ban is four times as long",
    expected: [],
    run: (h) => {
      banned(h);
      h.waitLong(HOUR);
      h.unban(ATTACKER);
      h.fail(ATTACKER, 5);
      h.ban(ATTACKER, 4 * HOUR);
    },
  },
  {
    name: "the second ban is as long as the first",
    expected: ["ban-length"],
    run: (h) => {
      banned(h);
      h.waitLong(HOUR);
      h.unban(ATTACKER);
      banned(h);
    },
  },
  {
    name: "a lifted ban makes the next one longer",
    expected: ["ban-length"],
    run: (h) => {
      banned(h);
      h.command("unban", ATTACKER);
      h.unban(ATTACKER);
      h.wait(MINUTE);
      h.fail(ATTACKER, 5);
      h.ban(ATTACKER, 4 * HOUR);
    },
  },
  {
    name: "lost before its end",
    expected: ["ban-lost"],
    run: (h) => (banned(h), h.wait(MINUTE), h.unban(ATTACKER)),
  },
  {
    name: "kept after its end",
    expected: ["ban-outlives-end"],
    run: (h) => (banned(h), h.waitLong(HOUR + 2 * SECOND)),
  },
  {
    name: "the end moves with a step of the clock, and not in true time",
    expected: [],
    run: (h) => (
      banned(h), h.happen({ kind: "clock", step: HOUR, zoneStep: 0 }), h.waitLong(50 * MINUTE)
    ),
  },
  {
    name: "a step of the clock shortens the ban",
    expected: ["ban-end-moved"],
    run: (h) => {
      banned(h);
      h.happen({ kind: "clock", step: 30 * MINUTE, zoneStep: 0 });
      h.wait(MINUTE);
      h.bans = h.bans.map((ban) => ({ ...ban, until: ban.until - 30 * MINUTE }));
      h.see();
    },
  },
  {
    name: "a ban by hand explains no later one of a network that contains it",
    expected: [],
    run: (h) => {
      h.command("ban", "2001:db8:7:1::/64", { jail: "sshd", time: 6 * HOUR });
      h.ban("2001:db8:7:1::/64", 6 * HOUR);
      crash(h);
      h.fail("2001:db8:7:2::1", 5);
      h.happen({ kind: "configured", jails: [{ ...SSHD, ipv6Prefix: 48 }] });
      h.happen({ kind: "started" });
      h.running = true;
      h.ban("2001:db8:7::/48", HOUR);
    },
  },
  {
    name: "a ban that the daemon made just before it died may make the next one longer",
    expected: [],
    run: (h) => {
      for (let i = 0; i < 5; i++) h.readable(h.login(ATTACKER));
      crash(h);
      h.waitLong(2 * HOUR);
      start(h);
      h.waitLong(MINUTE);
      h.fail(ATTACKER, 5);
      h.ban(ATTACKER, 4 * HOUR);
    },
  },
];

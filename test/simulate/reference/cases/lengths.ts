import { HOUR, MINUTE, SECOND } from "../history.ts";
import { ATTACKER, banned, type Case } from "./case.ts";

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
];

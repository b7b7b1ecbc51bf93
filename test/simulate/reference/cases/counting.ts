import { AUTH_LOG, type History, HOUR, MINUTE } from "../history.ts";
import { ALICE, ATTACKER, banned, breakSource, type Case } from "./case.ts";

function forgedBan(h: History): void {
  h.waitLong(2 * MINUTE);
  for (let i = 0; i < 5; i++)
    h.happen({
      kind: "forged",
      service: "sshd",
      ip: ATTACKER,
      source: AUTH_LOG,
      writerIsKnown: false,
    });
  h.ban(ATTACKER, HOUR);
}

/** Cases about what counts, and who must and must not be banned. */
export const COUNTING: readonly Case[] = [
  { name: "five failures ban", expected: [], run: (h) => (banned(h), h.waitLong(59 * MINUTE)) },
  {
    name: "five failures do not",
    expected: ["ban-missing"],
    run: (h) => (h.fail(ATTACKER, 5), h.waitLong(3 * MINUTE)),
  },
  {
    name: "four do not ban",
    expected: [],
    run: (h) => (h.fail(ATTACKER, 4), h.waitLong(3 * MINUTE)),
  },
  {
    name: "four ban",
    expected: ["banned-without-cause"],
    run: (h) => (h.fail(ATTACKER, 4), h.ban(ATTACKER, HOUR)),
  },
  {
    name: "a repeated line is counted twice",
    expected: ["banned-without-cause"],
    run: (h) => {
      h.fail(ATTACKER, 3);
      const id = h.login(ATTACKER);
      h.readable(id);
      h.readable(id, true);
      h.ban(ATTACKER, HOUR);
    },
  },
  {
    name: "failures farther apart than findtime ban",
    expected: ["banned-without-cause"],
    run: (h) => {
      h.fail(ATTACKER, 4);
      h.waitLong(11 * MINUTE);
      h.fail(ATTACKER, 1);
      h.ban(ATTACKER, HOUR);
    },
  },
  {
    name: "late lines with their own stamps do not ban",
    expected: ["ban-missing"],
    run: (h) => {
      const ids = Array.from({ length: 5 }, () => h.login(ATTACKER));
      h.state = "blind";
      h.wait(5 * MINUTE);
      h.state = "protecting";
      for (const id of ids) h.readable(id);
      h.waitLong(2 * MINUTE);
    },
  },
  {
    name: "lines older than findtime may be left out",
    expected: [],
    run: (h) => {
      const ids = Array.from({ length: 5 }, () => h.login(ATTACKER));
      h.state = "blind";
      h.wait(5 * HOUR);
      h.state = "protecting";
      for (const id of ids) h.readable(id);
      h.waitLong(2 * MINUTE);
    },
  },
  {
    name: "addresses of one IPv6 network are not added up",
    expected: ["ban-missing"],
    run: (h) => {
      for (const end of ["1", "2", "3", "4", "5"]) h.fail(`2001:db8:7::${end}`, 1);
      h.waitLong(2 * MINUTE);
    },
  },
  {
    name: "one address instead of its IPv6 network is banned",
    expected: ["banned-wrong-subject", "ban-missing"],
    run: (h) => (h.fail("2001:db8:7::1", 5), h.ban("2001:db8:7::1", HOUR), h.waitLong(2 * MINUTE)),
  },
  {
    name: "a NAT64 address is banned alone",
    expected: [],
    run: (h) => (
      h.fail("64:ff9b::cb00:7109", 5), h.ban("64:ff9b::203.0.113.9", HOUR), h.waitLong(2 * MINUTE)
    ),
  },
  {
    name: "forged lines of a known writer ban",
    expected: ["banned-by-forgery"],
    run: (h) => {
      for (let i = 0; i < 5; i++) {
        h.happen({
          kind: "forged",
          service: "sshd",
          ip: ATTACKER,
          source: AUTH_LOG,
          writerIsKnown: true,
        });
      }
      h.ban(ATTACKER, HOUR);
    },
  },
  {
    name: "forged lines of a file ban, which a file cannot prevent",
    expected: [],
    run: forgedBan,
  },
  {
    name: "forged lines of a file ban while btmp is known to be written",
    expected: ["banned-wrong-subject"],
    run: (h) => (h.fail(ALICE, 1, { isRecorded: true }), forgedBan(h)),
  },
  {
    name: "forged lines of a file ban after a line that came long after its record",
    expected: [],
    run: (h) => {
      const late = h.login(ALICE, { isRecorded: true });
      h.waitLong(6 * MINUTE);
      h.readable(late);
      forgedBan(h);
    },
  },
  {
    name: "a line that a relay delivers twice may count twice",
    expected: [],
    run: (h) => {
      h.fail(ATTACKER, 3);
      const id = h.login(ATTACKER);
      h.readable(id);
      h.happen({ kind: "readable", id, source: AUTH_LOG, again: true, isRepeated: true });
      h.ban(ATTACKER, HOUR);
    },
  },
  {
    name: "lines that come together count as if they had been written together",
    expected: ["banned-without-cause"],
    run: (h) => {
      const ids: number[] = [];
      h.state = "blind";
      for (let i = 0; i < 5; i++) {
        ids.push(h.login(ATTACKER, { hasOffset: true }));
        h.waitLong(4 * MINUTE);
      }
      for (const id of ids) h.readable(id);
      h.ban(ATTACKER, HOUR);
    },
  },
  {
    name: "a constant difference of local stamps is not corrected",
    expected: ["ban-missing"],
    run: (h) => {
      const failWrongly = (): void => {
        const id = h.login(ATTACKER, { hasOffset: false, stamp: h.now - HOUR });
        h.readable(id);
        h.wait(12_000);
      };
      for (let i = 0; i < 8; i++) failWrongly();
      h.waitLong(3 * MINUTE);
    },
  },
  {
    name: "lines that were late by a constant may count as if a clock were wrong",
    expected: [],
    run: (h) => {
      const failLate = (wait: number): void => {
        const id = h.login(ATTACKER, { hasOffset: false });
        h.waitLong(2 * MINUTE);
        h.readable(id);
        h.waitLong(wait);
      };
      for (let i = 0; i < 6; i++) failLate(MINUTE);
      failLate(0);
      h.ban(ATTACKER, HOUR);
    },
  },
  {
    name: "a line that is read after the clock was set forward may be older than findtime",
    expected: [],
    run: (h) => {
      const ids = Array.from({ length: 5 }, () => h.login(ATTACKER));
      h.state = "blind";
      h.wait(MINUTE);
      h.happen({ kind: "clock", step: HOUR, zoneStep: 0 });
      h.waitLong(2 * MINUTE);
      for (const id of ids) h.readable(id);
      h.waitLong(3 * MINUTE);
    },
  },
  {
    name: "a line that is read after the clock was set forward by less than findtime counts",
    expected: ["ban-missing"],
    run: (h) => {
      const ids = Array.from({ length: 5 }, () => h.login(ATTACKER));
      h.state = "blind";
      h.wait(MINUTE);
      h.happen({ kind: "clock", step: 3 * MINUTE, zoneStep: 0 });
      h.waitLong(2 * MINUTE);
      for (const id of ids) h.readable(id);
      h.waitLong(3 * MINUTE);
    },
  },
  {
    name: "a line that a stalled reader gets after the clock was set may be older than findtime",
    expected: [],
    run: (h) => {
      breakSource(h, "reader-stalled");
      h.state = "blind";
      h.fail(ATTACKER, 5);
      h.waitLong(MINUTE);
      h.happen({ kind: "clock", step: HOUR, zoneStep: 0 });
      h.waitLong(MINUTE);
      h.happen({ kind: "source-mended", source: AUTH_LOG, how: "reader-stalled" });
      h.waitLong(5 * MINUTE);
    },
  },
  {
    name: "failures that were read before the clock was set still count",
    expected: ["ban-missing"],
    run: (h) => {
      h.fail(ATTACKER, 4);
      h.waitLong(2 * MINUTE);
      h.happen({ kind: "clock", step: HOUR, zoneStep: 0 });
      h.waitLong(2 * MINUTE);
      h.fail(ATTACKER, 1);
      h.waitLong(3 * MINUTE);
    },
  },
];

import { HOUR, type History, MINUTE, SECOND } from "../history.ts";
import { ATTACKER, banned, type Case, crash, flush, start } from "./case.ts";

/** Cases about what the kernel must drop, and what survives a stop or crash. */
export const KERNEL: readonly Case[] = [
  {
    name: "a flush is repaired",
    expected: [],
    run: (h) => {
      banned(h);
      flush(h);
      h.wait(SECOND);
      h.dropped = [ATTACKER];
      h.waitLong(5 * MINUTE);
    },
  },
  {
    name: "a flush is not repaired",
    expected: ["enforced-but-passing", "protects-without-kernel"],
    run: (h) => (banned(h), flush(h), h.waitLong(MINUTE, SECOND)),
  },
  {
    name: "a ban never reaches the kernel",
    expected: ["ban-not-in-kernel"],
    run: (h) => {
      h.fail(ATTACKER, 5);
      h.state = "degraded";
      h.bans = [{ subject: ATTACKER, jail: "sshd", until: h.now + HOUR, enforced: false }];
      h.see();
      h.waitLong(MINUTE, SECOND);
    },
  },
  {
    name: "a firewall that refuses is not protecting",
    expected: ["protects-without-kernel"],
    run: (h) => {
      h.happen({ kind: "firewall", what: "refuses", subjects: [] });
      h.fail(ATTACKER, 5);
      h.bans = [{ subject: ATTACKER, jail: "sshd", until: h.now + HOUR, enforced: false }];
      h.see();
      h.waitLong(MINUTE, SECOND);
    },
  },
  {
    name: "a firewall that refuses to restore bans is said to hold them",
    expected: ["enforced-but-passing"],
    run: (h) => {
      banned(h);
      h.happen({ kind: "firewall", what: "refuses", subjects: [] });
      h.state = "degraded";
      flush(h);
      h.waitLong(MINUTE, SECOND);
    },
  },
  {
    name: "bans that a firewall refuses to restore are pending",
    expected: [],
    run: (h) => {
      banned(h);
      h.happen({ kind: "firewall", what: "refuses", subjects: [] });
      h.state = "degraded";
      h.bans = h.bans.map((ban) => ({ ...ban, enforced: false }));
      flush(h);
      h.waitLong(MINUTE, SECOND);
    },
  },
  {
    name: "another program's element stays in our table",
    expected: ["kernel-drops-unbanned"],
    run: (h) => {
      h.happen({ kind: "firewall", what: "inserted-elements", subjects: [ATTACKER] });
      h.dropped = [ATTACKER];
      h.waitLong(10 * SECOND, SECOND);
    },
  },
  {
    name: "rules of another program are gone",
    expected: ["foreign-rules-changed"],
    run: (h) => ((h.foreignIntact = false), h.waitLong(5 * MINUTE)),
  },
  {
    name: "a crash keeps bans in the kernel",
    expected: [],
    run: (h) => {
      banned(h);
      crash(h);
      h.waitLong(10 * MINUTE);
      start(h);
      h.waitLong(5 * MINUTE);
    },
  },
  {
    name: "the kernel loses a ban while no daemon runs",
    expected: ["kernel-lost-ban"],
    run: (h) => (banned(h), crash(h), (h.dropped = []), h.waitLong(2 * MINUTE)),
  },
  {
    name: "the kernel keeps a ban beyond its end while no daemon runs",
    expected: ["kernel-outlives-end"],
    run: (h) => (banned(h), crash(h), h.waitLong(2 * HOUR)),
  },
  {
    name: "a restart loses a ban",
    expected: ["ban-lost"],
    run: (h) => (
      banned(h), crash(h), start(h), (h.bans = []), (h.dropped = []), h.waitLong(MINUTE)
    ),
  },
  {
    name: "a restart forgets failures",
    expected: ["ban-missing"],
    run: (h) => {
      h.fail(ATTACKER, 3);
      crash(h);
      h.wait(10 * SECOND);
      start(h);
      h.wait(10 * SECOND);
      h.fail(ATTACKER, 2);
      h.waitLong(3 * MINUTE);
    },
  },
  {
    name: "lines of while it was down count",
    expected: ["ban-missing"],
    run: (h) => (crash(h), h.fail(ATTACKER, 5), start(h), h.waitLong(3 * MINUTE)),
  },
  {
    name: "bans that a full disk lost may be missing after a crash",
    expected: [],
    run: (h) => {
      h.happen({ kind: "disk-full" });
      h.state = "degraded";
      banned(h);
      crash(h);
      start(h);
      h.bans = [];
      h.dropped = [];
      h.waitLong(MINUTE);
      h.ban(ATTACKER, HOUR);
    },
  },
  {
    name: "the kernel keeps a ban that a full disk lost, after an earlier one that was saved",
    expected: [],
    run: (h) => (banAgainUnsaved(h), h.waitLong(2 * HOUR)),
  },
  {
    name: "the kernel keeps a ban that a full disk lost beyond its end",
    expected: ["kernel-outlives-end"],
    run: (h) => (banAgainUnsaved(h), h.waitLong(5 * HOUR)),
  },
  {
    name: "a slow call sets a time-out that comes later",
    expected: [],
    run: (h) => (banSlowly(h), h.wait(HOUR + 8 * SECOND), (h.dropped = []), h.waitLong(MINUTE)),
  },
  {
    name: "a slow call excuses no time-out that comes later than by its time",
    expected: ["kernel-outlives-end"],
    run: (h) => (banSlowly(h), h.wait(HOUR + 12 * SECOND)),
  },
];

/** A ban of an hour ends while the disk is full, one of four hours follows, and the daemon dies. */
function banAgainUnsaved(h: History): void {
  banned(h);
  h.happen({ kind: "disk-full" });
  h.state = "degraded";
  h.waitLong(HOUR);
  h.unban(ATTACKER);
  h.fail(ATTACKER, 5);
  h.ban(ATTACKER, 4 * HOUR);
  crash(h);
}

/** A ban of an hour is made by calls of three seconds each, and the daemon dies. */
function banSlowly(h: History): void {
  h.happen({ kind: "firewall", what: "slow", subjects: [], callTime: 3 * SECOND });
  banned(h);
  crash(h);
}

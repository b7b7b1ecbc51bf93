import { AUTH_LOG, HOUR, MINUTE, SECOND, SSHD } from "../history.ts";
import { ATTACKER, banned, breakSource, type Case, crash, flush, start } from "./case.ts";

/** Cases about what a jail's state must say. */
export const STATES: readonly Case[] = [
  {
    name: "a stopped writer is not named",
    expected: ["protects-while-blind"],
    run: (h) => (breakSource(h, "writer-stopped"), h.waitLong(2 * MINUTE)),
  },
  {
    name: "a stopped writer is named within a minute",
    expected: [],
    run: (h) => {
      breakSource(h, "writer-stopped");
      h.wait(MINUTE);
      h.state = "blind";
      h.waitLong(2 * HOUR);
    },
  },
  {
    name: "a quiet service that moved away shows nothing",
    expected: [],
    run: (h) => (breakSource(h, "writer-moved-away"), h.waitLong(2 * HOUR)),
  },
  {
    name: "a stalled reader with lines is not named",
    expected: ["protects-while-blind"],
    run: (h) => (breakSource(h, "reader-stalled"), h.fail(ATTACKER, 1), h.waitLong(2 * MINUTE)),
  },
  {
    name: "connections without lines are not named",
    expected: ["protects-without-lines"],
    run: (h) => {
      for (let i = 0; i < 3; i++) {
        h.wait(3 * SECOND);
        h.login(ATTACKER, { logged: false });
      }
      h.waitLong(2 * MINUTE);
    },
  },
  {
    name: "a banned address keeps writing, and nothing says so",
    expected: ["protects-while-bypassed"],
    run: (h) => {
      banned(h);
      h.wait(10 * SECOND);
      h.fail(ATTACKER, 15);
      h.waitLong(2 * MINUTE);
    },
  },
  {
    name: "three flushes in ten minutes are not named",
    expected: ["protects-while-damaged"],
    run: (h) => {
      banned(h);
      for (let i = 0; i < 3; i++) {
        flush(h);
        h.dropped = [ATTACKER];
        h.wait(30 * SECOND);
      }
      h.waitLong(MINUTE);
    },
  },
  {
    name: "a full disk is not named",
    expected: ["protects-without-record"],
    run: (h) => (h.happen({ kind: "disk-full" }), h.fail(ATTACKER, 1), h.waitLong(3 * MINUTE)),
  },
  {
    name: "a configured jail is not shown",
    expected: ["jail-not-shown"],
    run: (h) => (
      h.happen({ kind: "configured", jails: [SSHD, { ...SSHD, name: "sshd-slow" }] }),
      h.waitLong(2 * MINUTE)
    ),
  },
  {
    name: "blind for hours with lines and no trouble",
    expected: ["fails-without-cause"],
    run: (h) => {
      h.waitLong(2 * HOUR);
      h.fail(ATTACKER, 1);
      h.state = "blind";
      h.waitLong(2 * MINUTE);
    },
  },
  {
    name: "a banned address wrote lines before a restart and a few after it",
    expected: [],
    run: (h) => {
      banned(h);
      h.wait(10 * SECOND);
      h.fail(ATTACKER, 2);
      h.wait(10 * SECOND);
      crash(h);
      start(h);
      h.wait(10 * SECOND);
      h.fail(ATTACKER, 3);
      h.waitLong(2 * MINUTE);
    },
  },
  {
    name: "a banned address keeps writing after a restart, and nothing says so",
    expected: ["protects-while-bypassed"],
    run: (h) => {
      banned(h);
      crash(h);
      start(h);
      h.wait(10 * SECOND);
      h.fail(ATTACKER, 15);
      h.waitLong(2 * MINUTE);
    },
  },
  {
    name: "lines of a banned address that a stalled reader does not deliver show nothing",
    expected: [],
    run: (h) => {
      banned(h);
      h.wait(10 * SECOND);
      breakSource(h, "reader-stalled");
      h.fail(ATTACKER, 15);
      h.happen({ kind: "source-mended", source: AUTH_LOG, how: "reader-stalled" });
      h.waitLong(2 * MINUTE);
    },
  },
];

/**
 * Plans faults, changes and commands during a simulation. They concern the log, the daemon, the firewall, the clock and
 * administrators.
 */
import type { JailPolicy } from "../happenings.ts";
import type { Random } from "../random.ts";
import type { Action, Step } from "./step.ts";
import { DAY, FIRST_STEP, HOUR, MINUTE, pickMoments } from "./times.ts";

/** Maximum number of uses of ports until a crash; a batch of lines takes about this many. */
const MAX_USES = 120;

export type MakeMishap = (
  random: Random,
  at: number,
  jails: readonly JailPolicy[],
) => readonly Step[];

export function planMishaps(
  random: Random,
  until: number,
  jails: readonly JailPolicy[],
): readonly Step[] {
  const steps: Step[] = [...planRotation(random, until)];
  for (const at of pickMoments(random, until))
    steps.push(...random.pick(MISHAPS)(random, at, jails));
  return steps.filter(({ at }) => at < until);
}

/** Rotates the log daily at the same random time, always in the same way. */
function planRotation(random: Random, until: number): readonly Step[] {
  const how = random.pick(["rename", "rename-and-compress", "copytruncate"] as const);
  const steps: Step[] = [];
  for (let at = random.whole(FIRST_STEP, DAY); at < until; at += DAY)
    steps.push({ at, action: { kind: "rotate", how } });
  return steps;
}

/** Returns two steps: one begins something, the other ends it after a while. */
export function spell(random: Random, at: number, begin: Action, end: Action): readonly Step[] {
  const length = random.pick([5000, MINUTE, 10 * MINUTE, HOUR]);
  return [
    { at, action: begin },
    { at: at + random.whole(1000, length), action: end },
  ];
}

function subject(random: Random): string {
  return random.pick([
    `198.51.100.${random.whole(1, 9)}`,
    `203.0.113.${random.whole(1, 250)}`,
    "198.51.100.0/28",
    `2001:db8:${random.whole(1, 3)}:1::/64`,
  ]);
}

const crash: MakeMishap = (random, at) => [
  { at, action: { kind: "crash", uses: random.whole(0, MAX_USES) } },
  { at: at + random.pick([1, 2000, 5 * MINUTE]), action: { kind: "start" } },
];

/** A crash during an attack, so that it can come in the middle of a commit. */
const crashUnderAttack: MakeMishap = (random, at, jails) => {
  const ip = `198.51.100.${random.whole(1, 9)}`;
  const steps: Step[] = Array.from({ length: random.whole(2, 12) }, (_, i) => ({
    at: at + i,
    action: { kind: "login", ip, user: "root", outcome: "failed" },
  }));
  return [...steps, ...crash(random, at + random.whole(0, 6), jails)];
};

const restart: MakeMishap = (random, at) => [
  { at, action: { kind: "stop" } },
  { at: at + random.pick([1000, 5 * MINUTE, 3 * HOUR]), action: { kind: "start" } },
];

const flush: MakeMishap = (random, at) =>
  random.chance(0.5)
    ? [{ at, action: { kind: "firewall", what: "flush" } }]
    : [{ at, action: { kind: "firewall", what: "delete", nth: random.whole(1, 3) } }];

const insert: MakeMishap = (random, at) => [
  { at, action: { kind: "firewall", what: "insert", subject: subject(random) } },
];

const kernelTrouble: MakeMishap = (random, at) =>
  spell(
    random,
    at,
    random.pick<Action>([
      { kind: "firewall", what: "busy" },
      { kind: "firewall", what: "refuses" },
      { kind: "firewall", what: "slow", milliseconds: random.pick([50, 3000]) },
    ]),
    { kind: "firewall", what: "works" },
  );

const order: MakeMishap = (random, at, jails) => {
  const command = random.pick(["ban", "unban", "allow", "disallow"] as const);
  const hasTime = command === "ban" || command === "allow";
  const time = hasTime ? random.pick([undefined, 30 * MINUTE, 6 * HOUR]) : undefined;
  const isScoped = command === "ban" || command === "unban";
  const jail = isScoped && random.chance(0.5) ? random.pick(jails).name : undefined;
  return [{ at, action: { kind: "command", command, subject: subject(random), jail, time } }];
};

const reload: MakeMishap = (random, at, jails) => {
  const changed = jails.map((jail) => ({
    ...jail,
    maxRetry: random.whole(2, 6),
    banTime: random.pick([jail.banTime, HOUR]),
    findTime: random.pick([jail.findTime, 10 * MINUTE]),
  }));
  return [{ at, action: { kind: "reload", jails: changed } }];
};

const editLog: MakeMishap = (random, at) => [
  { at, action: { kind: random.pick(["truncate", "cut-head", "rewrite"] as const) } },
];

const rotateNow: MakeMishap = (random, at) => [
  {
    at,
    action: { kind: "rotate", how: random.pick(["rename", "rename-and-compress", "copytruncate"]) },
  },
];

const lateEvents: MakeMishap = (random, at) =>
  spell(
    random,
    at,
    { kind: "events", are: random.pick(["held", "lost"] as const) },
    { kind: "events", are: "delivered" },
  );

const noPermission: MakeMishap = (random, at) =>
  spell(random, at, { kind: "permissions", to: "none" }, { kind: "permissions", to: "usual" });

const writerAway: MakeMishap = (random, at) =>
  spell(
    random,
    at,
    { kind: "writer", to: random.pick(["elsewhere", "stopped"] as const) },
    { kind: "writer", to: "usual" },
  );

const removeLog: MakeMishap = (random, at) =>
  spell(random, at, { kind: "remove-log" }, { kind: "reopen-log" });

/** Returns failures of one address. */
export function fail(at: number, ip: string, count: number, pause = 1): readonly Step[] {
  return Array.from({ length: count }, (_, i) => ({
    at: at + i * pause,
    action: { kind: "login", ip, user: "root", outcome: "failed" },
  }));
}

function failures(random: Random, at: number, ip: string): readonly Step[] {
  return fail(at, ip, random.whole(1, 8));
}

/** Lines before and after a rotation that the reader notices only later: the rest of the old file must be read. */
const rotateUnseen: MakeMishap = (random, at) => {
  const ip = `198.51.100.${random.whole(1, 9)}`;
  return [
    { at, action: { kind: "events", are: "held" } },
    ...failures(random, at + 1, ip),
    // This rotation renames the log, because truncation in place is not noticed before the first line was read.
    { at: at + 20, action: { kind: "rotate", how: "rename" } },
    ...failures(random, at + 21, ip),
    { at: at + random.whole(40, 5000), action: { kind: "events", are: "delivered" } },
  ];
};

/** Lines from before `allow`, read or not, and a restart after it: they count in no jail. */
const allowRestart: MakeMishap = (random, at, jails) => {
  const ip = `198.51.100.${random.whole(1, 9)}`;
  const who = random.pick([ip, "198.51.100.0/28"]);
  const command = (kind: "allow" | "disallow", after: number): Step => ({
    at: at + after,
    action: { kind: "command", command: kind, subject: who, jail: undefined, time: undefined },
  });
  return [
    { at, action: { kind: "events", are: random.pick(["held", "delivered"]) } },
    ...failures(random, at + 1, ip),
    ...[command("allow", 2000), command("disallow", 4000)],
    ...crash(random, at + 5000, jails).map((step): Step => ({ ...step, at: step.at + 1 })),
    { at: at + 6000, action: { kind: "events", are: "delivered" } },
    ...failures(random, at + 6 * MINUTE, ip),
  ];
};

/** Bans of one subject in several jails, which the kernel must keep to the latest end while no daemon runs. */
const holdAlone: MakeMishap = (random, at, jails) => {
  const who = subject(random);
  const bans = jails.map(({ name: jail }, i): Step => {
    const time = random.pick([30 * MINUTE, 2 * HOUR, 6 * HOUR]);
    return { at: at + i, action: { kind: "command", command: "ban", subject: who, jail, time } };
  });
  return [
    ...bans,
    ...flush(random, at + 1000, jails),
    { at: at + 5000, action: { kind: "stop" } },
    { at: at + random.pick([HOUR, 3 * HOUR]), action: { kind: "start" } },
  ];
};

/** A program with an old password, at an address that may be exempt. */
const brokenScript: MakeMishap = (random, at) =>
  failures(random, at, random.pick(["192.0.2.201", "127.0.0.1", "::1"]));

const fullDisk: MakeMishap = (random, at) =>
  spell(random, at, { kind: "disk", is: "full" }, { kind: "disk", is: "free" });

const stepClock: MakeMishap = (random, at) => {
  const step = random.pick([500, 3000, MINUTE, HOUR, 7 * DAY]);
  return [{ at, action: { kind: "clock", step: random.chance(0.5) ? step : 0 - step } }];
};

const session: MakeMishap = (random, at) => {
  const who = {
    ip: random.pick([`198.51.100.${random.whole(1, 9)}`, "192.0.2.10"]),
    user: "alice",
  };
  return spell(
    random,
    at,
    { kind: "session", ...who, is: "open" },
    { kind: "session", ...who, is: "ended" },
  );
};

const acceptBefore: MakeMishap = (random, at) =>
  spell(
    random,
    at,
    { kind: "firewall", what: "accept-before" },
    { kind: "firewall", what: "accept-no-more" },
  );

const MISHAPS: readonly MakeMishap[] = [
  ...[fullDisk, stepClock, session, acceptBefore, rotateUnseen, rotateUnseen, brokenScript],
  ...[
    crash,
    crashUnderAttack,
    crashUnderAttack,
    restart,
    flush,
    insert,
    kernelTrouble,
    order,
    order,
  ],
  ...[allowRestart, holdAlone],
  ...[reload, editLog, rotateNow, lateEvents, noPermission, writerAway, removeLog],
];

/**
 * Plans faults that need something else at the right moment, which chance alone hardly brings about: an order while the
 * disk is full, a ban while the firewall refuses, a restart between the end of a ban and that of `findtime`.
 */
import type { JailPolicy } from "../happenings.ts";
import type { Random } from "../random.ts";
import { fail, type MakeMishap } from "./plan-mishaps.ts";
import type { Action, Step } from "./step.ts";
import { FIRST_STEP, HOUR, MINUTE } from "./times.ts";

const ATTACKERS = ["198.51.100.81", "198.51.100.82", "198.51.100.83"] as const;
const BY_HAND = "198.51.100.84";
const LONE = "198.51.100.85";
const FAILURES = 12;
const CHANCE = 0.3;

export function planCoincidences(
  random: Random,
  until: number,
  jails: readonly JailPolicy[],
): readonly Step[] {
  const steps: Step[] = [];
  for (const [i, plan] of PLANS.entries()) {
    const own = random.stream(`coincidence ${i}`);
    if (own.chance(CHANCE)) steps.push(...plan(own, own.whole(FIRST_STEP, until), jails));
  }
  return steps.filter(({ at }) => at < until);
}

function order(command: "ban" | "unban", subject: string): Action {
  const time = command === "ban" ? HOUR : undefined;
  return { kind: "command", command, subject, jail: undefined, time };
}

/** Bans of jails and one by hand. */
function bans(at: number): readonly Step[] {
  return [
    ...ATTACKERS.flatMap((ip) => fail(at, ip, FAILURES)),
    { at: at + 1000, action: order("ban", BY_HAND) },
  ];
}

/** Bans are lifted in memory only, and must stay lifted once the disk has space. */
const unbanOnFullDisk: MakeMishap = (random, at) => {
  const full = at + 10_000;
  const lifted = [...ATTACKERS, BY_HAND].map(
    (subject, i): Step => ({ at: full + (i + 1) * 1000, action: order("unban", subject) }),
  );
  return [
    ...bans(at),
    { at: full, action: { kind: "disk", is: "full" } },
    ...lifted,
    { at: full + random.pick([10_000, 5 * MINUTE]), action: { kind: "disk", is: "free" } },
  ];
};

function refuse(random: Random, at: number, length: number): readonly Step[] {
  const what = random.pick(["busy", "refuses"] as const);
  return [
    { at, action: { kind: "firewall", what } },
    { at: at + length, action: { kind: "firewall", what: "works" } },
  ];
}

/** Another program removes bans that bailiff cannot restore yet. */
const flushWhileRefusing: MakeMishap = (random, at) => {
  const refused = at + 10_000;
  const damage = random.pick<Action>([
    { kind: "firewall", what: "flush" },
    { kind: "firewall", what: "delete", nth: 1 },
  ]);
  const length = random.pick([MINUTE, 5 * MINUTE]);
  return [...bans(at), ...refuse(random, refused, length), { at: refused + 1000, action: damage }];
};

/** The firewall refuses new bans, and nothing else tells bailiff to compare it. */
const banWhileRefusing: MakeMishap = (random, at) => [
  ...refuse(random, at, random.pick([5000, 20_000])),
  ...bans(at + 1000),
];

/** A ban ends before `findtime`, and then the daemon starts: the failures that led to the ban do not count again. */
const restartAfterBan: MakeMishap = (random, at, jails) => {
  const shortBans = jails.map((jail) => ({ ...jail, banTime: 10 * MINUTE, findTime: HOUR }));
  const needed = Math.min(...jails.map(({ maxRetry }) => maxRetry));
  const ended = at + 12 * MINUTE;
  return [
    { at, action: { kind: "reload", jails: shortBans } },
    ...fail(at + 1000, LONE, needed, 1000),
    { at: ended, action: { kind: "stop" } },
    { at: ended + random.pick([1000, 5 * MINUTE]), action: { kind: "start" } },
    { at: ended + 10 * MINUTE, action: { kind: "reload", jails } },
  ];
};

/** The clock is set between the failures of one attack. */
const stepDuringAttack: MakeMishap = (random, at, jails) => {
  const { maxRetry } = random.pick(jails);
  const step = random.pick([10 * MINUTE, HOUR]) * random.pick([1, -1]);
  return [
    ...fail(at, LONE, maxRetry - 1),
    { at: at + 2 * MINUTE, action: { kind: "clock", step } },
    ...fail(at + 4 * MINUTE, LONE, 1),
  ];
};

/** A short log is emptied and grows beyond its former size before the reader looks. */
const outgrowUnseen: MakeMishap = (random, at) => {
  const emptied = at + 2 * MINUTE;
  const [first, second, third] = ATTACKERS;
  return [
    { at, action: { kind: "rotate", how: "rename" } },
    ...fail(at + 1000, first, FAILURES),
    { at: emptied, action: { kind: "events", are: "held" } },
    { at: emptied + 1, action: { kind: "rotate", how: "copytruncate" } },
    ...fail(emptied + 2, second, FAILURES),
    ...fail(emptied + 20, third, 4 * FAILURES),
    { at: emptied + random.pick([100, 5000]), action: { kind: "events", are: "delivered" } },
  ];
};

/** An address of a network is exempt: neither its neighbors nor an order may ban the network. */
const banExemptNetwork: MakeMishap = (random, at) => {
  const site = "2001:db8:4";
  const exempt = `${site}:1::7`;
  const orders: readonly Action[] = [
    { kind: "command", command: "allow", subject: exempt, jail: undefined, time: undefined },
    order("ban", random.pick([`${site}::/48`, `${site}:1::/64`])),
  ];
  return [
    ...orders.map((action, i): Step => ({ at: at + i * 1000, action })),
    ...fail(at + 5000, `${site}:1::8`, FAILURES),
    ...fail(at + 6000, `${site}:2::8`, FAILURES),
  ];
};

const PLANS: readonly MakeMishap[] = [
  ...[unbanOnFullDisk, flushWhileRefusing, banWhileRefusing],
  ...[restartAfterBan, stepDuringAttack, outgrowUnseen, banExemptNetwork],
];

/** Plans what happens to journald, to the readers of its journal, and to jails that move between it and the file. */
import type { JailPolicy } from "../happenings.ts";
import type { Random } from "../random.ts";
import { type MakeMishap, spell } from "./plan-mishaps.ts";
import { pickSource } from "./sources.ts";
import type { Action, Forger, Step } from "./step.ts";
import { HOUR, MINUTE, pickMoments } from "./times.ts";

export function planJournal(
  random: Random,
  until: number,
  jails: readonly JailPolicy[],
): readonly Step[] {
  const steps: Step[] = [];
  for (const at of pickMoments(random, until))
    steps.push(...random.pick(MISHAPS)(random, at, jails));
  return steps.filter(({ at }) => at < until);
}

function journal(what: Extract<Action, { kind: "journal" }>["what"]): Action {
  return { kind: "journal", what };
}

function reader(what: Extract<Action, { kind: "journal-reader" }>["what"]): Action {
  return { kind: "journal-reader", what };
}

function attack(random: Random, at: number): readonly Step[] {
  const ip = `198.51.100.${random.whole(1, 9)}`;
  return Array.from({ length: random.whole(1, 8) }, (_, i) => ({
    at: at + i,
    action: { kind: "login", ip, user: random.pick(["root", "oracle"]), outcome: "failed" },
  }));
}

const rotate: MakeMishap = (random, at) => [
  { at, action: journal("rotate") },
  { at: at + 1, action: journal(random.pick(["vacuum-few", "vacuum-all"])) },
];

/** Lines of an attack that come while nobody reads, then a rotation, and perhaps the entry of the cursor is deleted. */
const vacuumUnread: MakeMishap = (random, at) => {
  const [before, after] = random.pick([
    [reader("hang"), reader("end")],
    [{ kind: "stop" }, { kind: "start" }],
  ] as const);
  return [
    ...attack(random, at),
    { at: at + 1000, action: before },
    ...attack(random, at + 2000),
    { at: at + 3000, action: journal(random.pick(["rotate", "vacuum-all"])) },
    ...attack(random, at + 4000),
    { at: at + random.pick([5000, MINUTE, 10 * MINUTE]), action: after },
    ...attack(random, at + 11 * MINUTE),
  ];
};

const stopJournald: MakeMishap = (random, at) => [
  ...spell(random, at, journal("stop"), journal("start")),
  ...attack(random, at + random.whole(0, 2000)),
];

const crashJournald: MakeMishap = (random, at) => [
  ...attack(random, at),
  { at: at + random.whole(0, 8), action: journal("crash") },
  ...attack(random, at + 10),
];

const limitRate: MakeMishap = (random, at) =>
  spell(random, at, journal("limit"), journal("end-limit"));

/** A process that reads ends while lines come, once or again and again. */
const endReader: MakeMishap = (random, at) => {
  const times = random.pick([1, 1, 4]);
  return Array.from({ length: times }, (_, i) => [
    ...attack(random, at + i * 1000),
    {
      at: at + i * 1000 + random.whole(0, 8),
      action: reader(random.pick(["end", "end-amid-entry"])),
    },
  ]).flat();
};

const hangReader: MakeMishap = (random, at) => [
  ...spell(random, at, reader("hang"), reader(random.pick(["end", "resume"]))),
  ...attack(random, at + random.whole(0, 2000)),
];

/** A local account writes lines as sshd would, enough for a ban. */
const forge: MakeMishap = (random, at) => {
  const ip = `203.0.113.${random.whole(1, 250)}`;
  const by = random.pick<Forger>(["session", "user-manager", "unit-of-sshd", "ended-at-once"]);
  return Array.from({ length: random.whole(1, 12) }, (_, i) => ({
    at: at + i * 100,
    action: { kind: "forge", ip, by },
  }));
};

/** Some jails get another source, under attack. */
const move: MakeMishap = (random, at, jails) => {
  const moved = jails.map((jail) => ({ ...jail, ...pickSource(random) }));
  const reload: Step = { at: at + random.whole(0, 8), action: { kind: "reload", jails: moved } };
  const before = random.pick([undefined, reader("hang"), { kind: "events", are: "held" } as const]);
  return [
    ...(before === undefined ? [] : [{ at: at - 1, action: before }]),
    ...attack(random, at),
    reload,
    ...attack(random, at + 10),
    ...(before === undefined
      ? []
      : [
          { at: at + 3000, action: reader("resume") },
          { at: at + 3000, action: { kind: "events", are: "delivered" } as const },
        ]),
    ...attack(random, at + random.pick([MINUTE, HOUR])),
  ];
};

const MISHAPS: readonly MakeMishap[] = [
  ...[rotate, vacuumUnread, stopJournald, crashJournald, limitRate],
  ...[endReader, hangReader, forge, move, move],
];

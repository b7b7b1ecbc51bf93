/**
 * Plans what guards decide, which chance alone does not bring about: users whose addresses all fail, a guesser beside a
 * session, and more attackers together than a rule may ban in a minute.
 */
import type { JailPolicy } from "../happenings.ts";
import type { Random } from "../random.ts";
import { fail } from "./plan-mishaps.ts";
import type { Step } from "./step.ts";
import { FIRST_STEP, HOUR, MINUTE } from "./times.ts";

const USERS = ["alice", "bob", "carol", "dave", "erin", "frank", "grace"] as const;
/** Failures of one address, enough for every threshold of a user's address. */
const FAILURES = 20;
/** The offenses of one address that may be exempt, and two more. */
const OFFENSES = 22;
/** Factor of `maxretry` for an address of several users, the highest. */
const SHARED = 3;

export function planGuards(
  random: Random,
  until: number,
  jails: readonly JailPolicy[],
): readonly Step[] {
  const steps: Step[] = [];
  const plans = [usersFail, guessBesideSession, attackTogether] as const;
  for (const [i, plan] of plans.entries()) {
    const own = random.stream(`guard ${i}`);
    if (own.chance(0.4)) steps.push(...plan(own, own.whole(FIRST_STEP, until), jails));
  }
  return steps.filter(({ at }) => at < until);
}

/** The addresses of users fail one after the other, so that the rule is suspended; the daemon may crash after that. */
function usersFail(random: Random, at: number): readonly Step[] {
  const first = at + 5 * MINUTE;
  const pause = random.pick([1000, 2 * MINUTE]);
  const steps = USERS.flatMap((user, i): readonly Step[] => {
    const ip = `198.51.100.${60 + i}`;
    return [
      { at: at + i * 1000, action: { kind: "login", ip, user, outcome: "succeeded" } },
      ...fail(first + i * pause, ip, FAILURES),
    ];
  });
  const crashed = first + random.whole(4, 5) * pause + 500;
  if (random.chance(0.7))
    steps.push(
      { at: crashed, action: { kind: "crash", uses: 0 } },
      { at: crashed + 200, action: { kind: "start" } },
    );
  const after = first + USERS.length * pause + random.pick([MINUTE, 10 * MINUTE]);
  return [...steps, { at: after, action: { kind: "reset-breaker" } }];
}

/** The owner of an account guesses at others from where they are logged in. */
function guessBesideSession(
  random: Random,
  at: number,
  jails: readonly JailPolicy[],
): readonly Step[] {
  const who = { ip: `198.51.100.${random.whole(70, 79)}`, user: "alice" };
  const needed = Math.min(...jails.map(({ maxRetry }) => maxRetry)) * SHARED * OFFENSES;
  const pause = random.pick([100, 2000]);
  return [
    { at, action: { kind: "session", ...who, is: "open" } },
    ...fail(at + 2 * MINUTE, who.ip, needed, pause),
    { at: at + HOUR, action: { kind: "session", ...who, is: "ended" } },
  ];
}

function attackTogether(random: Random, at: number): readonly Step[] {
  const pause = random.pick([10, 1000]);
  return Array.from({ length: random.whole(4, 16) }, (_, i) =>
    fail(at + i * pause, `203.0.113.${i + 1}`, random.whole(3, 12)),
  ).flat();
}

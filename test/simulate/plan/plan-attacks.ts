/**
 * Plans attackers: fast ones, slow ones below the threshold, ones just within or outside of findtime, many together, and
 * one that changes its IPv6 network.
 */
import type { JailPolicy } from "../happenings.ts";
import type { Random } from "../random.ts";
import type { Step } from "./step.ts";
import { DAY, FIRST_STEP, HOUR, MINUTE } from "./times.ts";

const USERS = ["root", "admin", "oracle", "test", "alice", "ubuntu"] as const;
const ATTACKS_PER_DAY = [2, 10, 60] as const;
const MAX_TRIES = 60;

/** How far from the end of findtime the last failure of `atEdge` comes; the reference model bears two seconds. */
const EDGE = 4000;

export function planAttacks(
  random: Random,
  until: number,
  jails: readonly JailPolicy[],
): readonly Step[] {
  const steps: Step[] = [];
  const attacks = Math.max(2, Math.round((until / DAY) * random.pick(ATTACKS_PER_DAY)));
  for (let n = 0; n < attacks; n++) {
    const from = random.whole(FIRST_STEP, until);
    steps.push(...random.pick([fast, slow, distributed, rotating])(random, from));
    steps.push(...atEdge(random.stream(`edge ${n}`), until, jails));
  }
  return steps.filter(({ at }) => at < until);
}

function attempt(random: Random, at: number, ip: string): Step {
  const outcome = random.chance(0.95) ? "failed" : "closed-without-trying";
  return { at, action: { kind: "login", ip, user: random.pick(USERS), outcome } };
}

/** Returns an address of a few that return, so that repeated bans get longer. */
function address(random: Random): string {
  return random.pick([`198.51.100.${random.whole(1, 9)}`, `203.0.113.${random.whole(1, 250)}`]);
}

function fast(random: Random, from: number): readonly Step[] {
  const ip = address(random);
  const pause = random.pick([0, 100, 2000]);
  return Array.from({ length: random.whole(3, MAX_TRIES) }, (_, i) =>
    attempt(random, from + i * pause, ip),
  );
}

function slow(random: Random, from: number): readonly Step[] {
  const ip = address(random);
  const pause = random.pick([MINUTE, 4 * MINUTE, 20 * MINUTE]);
  return Array.from({ length: random.whole(5, MAX_TRIES) }, (_, i) =>
    attempt(random, from + i * pause + random.whole(0, 5000), ip),
  );
}

/** As many failures as a jail needs, over its findtime or a little more or less; nobody else uses the address. */
function atEdge(random: Random, until: number, jails: readonly JailPolicy[]): readonly Step[] {
  const { maxRetry, findTime } = random.pick(jails);
  const from = random.whole(FIRST_STEP, until);
  const ip = `192.0.2.${random.whole(100, 190)}`;
  const pause = (findTime + random.pick([EDGE, 0 - EDGE])) / (maxRetry - 1);
  return Array.from({ length: maxRetry }, (_, i) => ({
    at: from + Math.round(i * pause),
    action: { kind: "login", ip, user: "root", outcome: "failed" },
  }));
}

function distributed(random: Random, from: number): readonly Step[] {
  const addresses = Array.from({ length: random.whole(3, 12) }, () => address(random));
  return Array.from({ length: random.whole(10, MAX_TRIES) }, (_, i) =>
    attempt(random, from + i * 1500, random.pick(addresses)),
  );
}

function rotating(random: Random, from: number): readonly Step[] {
  const site = `2001:db8:${random.whole(1, 3)}`;
  const pause = random.pick([500, MINUTE, HOUR / 10]);
  return Array.from({ length: random.whole(5, MAX_TRIES) }, (_, i) => {
    const network = random.chance(0.8) ? 1 : random.whole(0, 300);
    const ip = `${site}:${network.toString(16)}::${random.whole(1, 65_535).toString(16)}`;
    return attempt(random, from + i * pause, ip);
  });
}

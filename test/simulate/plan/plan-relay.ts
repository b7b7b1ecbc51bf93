/** Plans what a relay does to lines: it stalls, and then delivers what waits in some order, perhaps twice. */
import type { JailPolicy } from "../happenings.ts";
import type { Random } from "../random.ts";
import type { MakeMishap } from "./plan-mishaps.ts";
import type { Action, Step } from "./step.ts";
import { HOUR, MINUTE, pickMoments } from "./times.ts";

/** Differences between the clock or zone of the relayed host and true time, in milliseconds. */
const SKEWS = [0, 0, 0, -37 * MINUTE, 37 * MINUTE, -HOUR, HOUR, -5 * HOUR, 5 * HOUR];

export function pickSkew(random: Random): number {
  return random.pick(SKEWS);
}

export function planRelay(
  random: Random,
  until: number,
  jails: readonly JailPolicy[],
): readonly Step[] {
  const steps: Step[] = [];
  for (const at of pickMoments(random, until))
    steps.push(...random.pick(MISHAPS)(random, at, jails));
  return steps.filter(({ at }) => at < until);
}

function resume(random: Random): Action {
  const order = random.pick(["as-written", "reversed", "odd-before-even"] as const);
  return { kind: "relay", what: "resume", order, isRepeated: random.chance(0.3) };
}

function failures(ip: string, from: number, pause: number, count: number): readonly Step[] {
  return Array.from({ length: count }, (_, i) => ({
    at: from + i * pause,
    action: { kind: "login", ip, user: "root", outcome: "failed" },
  }));
}

/** An attack during a stall: fast, or too slow for a ban as long as the distances of its stamps count. */
const stallUnderAttack: MakeMishap = (random, at, jails) => {
  const { maxRetry, findTime } = random.pick(jails);
  const pause = random.pick([100, Math.round(findTime / (maxRetry - 1)) + 5000]);
  const length = pause * maxRetry + random.pick([1000, 10 * MINUTE]);
  return [
    { at, action: { kind: "relay", what: "stall" } },
    ...failures(`192.0.2.${random.whole(20, 99)}`, at + 1000, pause, maxRetry),
    { at: at + length, action: resume(random) },
  ];
};

/** Stalls of equal length, each beginning with a line: late by a constant, although no clock is wrong. */
const regularStalls: MakeMishap = (random, at, jails) => {
  const { maxRetry, findTime } = random.pick(jails);
  const ip = `192.0.2.${random.whole(20, 99)}`;
  const length = random.pick([2 * MINUTE, Math.round(findTime / 2)]);
  return Array.from({ length: maxRetry + 2 }, (_, i): readonly Step[] => {
    const from = at + i * (length + random.pick([1000, 30_000]));
    return [
      { at: from, action: { kind: "relay", what: "stall" } },
      ...failures(ip, from + 1, 100, 1),
      { at: from + length, action: resume(random) },
      ...(random.chance(0.5) ? failures(ip, from + length + 10, 100, 1) : []),
    ];
  }).flat();
};

const MISHAPS: readonly MakeMishap[] = [stallUnderAttack, stallUnderAttack, regularStalls];

/** Makes a plan from a seed: users of the host, attackers, and faults. */
import type { JailPolicy } from "../happenings.ts";
import { createRandom, type Random } from "../random.ts";
import { planAttacks } from "./plan-attacks.ts";
import { planBtmp } from "./plan-btmp.ts";
import { planCoincidences } from "./plan-coincidences.ts";
import { planForgeries } from "./plan-forgeries.ts";
import { planForgedNames } from "./plan-forged-names.ts";
import { planGuards } from "./plan-guards.ts";
import { planJournal } from "./plan-journal.ts";
import { planMishaps } from "./plan-mishaps.ts";
import { pickSkew, planRelay } from "./plan-relay.ts";
import { pickSource } from "./sources.ts";
import { pickZone, planZones } from "./plan-zones.ts";
import { planUsers } from "./plan-users.ts";
import { type Plan, PLANNED_LOGS, type PlannedLogs, type Step } from "./step.ts";
import { DAY, HOUR, MINUTE } from "./times.ts";

/** Values of `bans_per_minute`; undefined: the default. */
const RATES = [undefined, undefined, undefined, 1, 3];

/** `logs` undefined: the seed decides. */
export function makePlan(seed: number, days: number, logs?: PlannedLogs): Plan {
  const random = createRandom(seed);
  const planned = logs ?? random.stream("logs").pick(PLANNED_LOGS);
  const sources = random.stream("sources");
  const jails = [
    { ...makeJail(random.stream("jail")), bansPerMinute: random.stream("rate").pick(RATES) },
    ...makeMoreJails(random.stream("more jails")),
  ].map((jail) => (planned === "journal" ? { ...jail, ...pickSource(sources) } : jail));
  const until = days * DAY;
  const steps: Step[] = [
    ...planUsers(random.stream("users"), until),
    ...planAttacks(random.stream("attacks"), until, jails),
    ...planMishaps(random.stream("mishaps"), until, jails),
    ...planForgedNames(random.stream("forged names"), until),
    ...planZones(random.stream("zones"), until, jails),
    ...planGuards(random.stream("guards"), until, jails),
    ...planCoincidences(random.stream("coincidences"), until, jails),
    ...(planned === "file" ? planForgeries(random.stream("forgeries"), until) : []),
    ...(planned === "file" ? planBtmp(random.stream("btmp"), until) : []),
    ...(planned === "journal" ? planJournal(random.stream("journal"), until, jails) : []),
    ...(planned === "relay" ? planRelay(random.stream("relay"), until, jails) : []),
  ];
  const style = random.stream("style").pick(["traditional", "iso"] as const);
  const skew = planned === "relay" ? pickSkew(random.stream("skew")) : 0;
  steps.sort((a, b) => a.at - b.at);
  const zone = pickZone(random.stream("zone"));
  return { seed, days, style, logs: planned, zone, skew, jails, steps };
}

/** Returns further jails of the same log, for a part of all plans: they share its addresses. */
function makeMoreJails(random: Random): readonly JailPolicy[] {
  const count = random.pick([0, 0, 1, 2]);
  return Array.from({ length: count }, (_, i) => ({
    ...makeJail(random.stream(`jail ${i}`)),
    name: `sshd-${i + 2}`,
    ports: random.pick([undefined, [22], [22, 2222]]),
    observesOnly: random.chance(0.2),
  }));
}

function makeJail(random: Random): JailPolicy {
  const banTime = random.pick([10 * MINUTE, HOUR, 4 * HOUR]);
  return {
    name: "sshd",
    service: "sshd",
    source: "file:/var/log/auth.log",
    maxRetry: random.whole(2, 6),
    findTime: random.pick([5 * MINUTE, 10 * MINUTE, HOUR]),
    banTime,
    jitter: 0,
    increment: random.chance(0.5) ? { multipliers: [1, 4, 24, 168], maxTime: 30 * DAY } : undefined,
    ipv6Prefix: random.pick([48, 56, 64, 64, 128]),
    ports: [22],
    allow: ["127.0.0.0/8", "::1", ...(random.chance(0.5) ? ["192.0.2.200/30"] : [])],
  };
}

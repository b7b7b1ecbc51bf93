/** Plans changes of the time zone for a part of all plans: by its rule, twice a year, or by an administrator. */
import type { JailPolicy } from "../happenings.ts";
import type { Random } from "../random.ts";
import type { Step } from "./step.ts";
import { FIRST_STEP, HOUR, MINUTE } from "./times.ts";

const OFFSETS = [0, 0, HOUR, -5 * HOUR, 5.5 * HOUR] as const;

export function pickZone(random: Random): number {
  return random.pick(OFFSETS);
}

export function planZones(
  random: Random,
  until: number,
  jails: readonly JailPolicy[],
): readonly Step[] {
  if (random.chance(0.6)) return [];
  const at = random.whole(FIRST_STEP, until);
  const change = random.pick([
    { kind: "zone", by: "rule", step: HOUR },
    { kind: "zone", by: "rule", step: 0 - HOUR },
    { kind: "zone", by: "administrator", step: random.pick([HOUR, -2 * HOUR, 6.5 * HOUR]) },
  ] as const);
  const { maxRetry, findTime } = random.pick(jails);
  const ip = `192.0.2.${random.whole(100, 190)}`;
  // Failures on both sides of the change, close enough for a ban or an hour apart by local stamps only.
  const pause = random.pick([1000, Math.round((findTime * 0.8) / maxRetry), HOUR]);
  const from = at - Math.round((maxRetry * pause) / 2);
  const failures = Array.from(
    { length: maxRetry },
    (_, i): Step => ({
      at: from + i * pause,
      action: { kind: "login", ip, user: "root", outcome: "failed" },
    }),
  );
  // A restart with unread lines from both sides.
  const restart: readonly Step[] = random.chance(0.3)
    ? [
        { at: at - 30 * MINUTE, action: { kind: "stop" } },
        { at: at + random.pick([MINUTE, 40 * MINUTE]), action: { kind: "start" } },
      ]
    : [];
  return [...failures, { at, action: change }, ...restart].filter((step) => step.at < until);
}

/** Plans logins of users and programs: mostly successful, sometimes with a typing error. */
import type { Random } from "../random.ts";
import type { Step } from "./step.ts";
import { DAY, FIRST_STEP, HOUR, MINUTE } from "./times.ts";

export function planUsers(random: Random, until: number): readonly Step[] {
  const steps: Step[] = [];
  for (const [i, user] of (["alice", "bob"] as const).entries()) {
    const ip = random.pick([`192.0.2.${10 + i}`, `2001:db8:f:${i}::7`, `192.0.2.${200 + i}`]);
    const pause = random.pick([HOUR, 6 * HOUR, DAY]);
    for (
      let at = FIRST_STEP + random.whole(0, pause);
      at < until;
      at += random.whole(MINUTE, pause)
    ) {
      const mistakes = random.chance(0.2) ? random.whole(1, 2) : 0;
      for (let n = 0; n < mistakes; n++) {
        steps.push({ at, action: { kind: "login", ip, user, outcome: "failed" } });
        at += random.whole(2, 9) * 1000;
      }
      if (at < until) steps.push({ at, action: { kind: "login", ip, user, outcome: "succeeded" } });
    }
  }
  return steps;
}

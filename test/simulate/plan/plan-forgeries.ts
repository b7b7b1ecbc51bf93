/** Plans local accounts that write lines in the name of sshd, of which btmp has no record. */
import type { Random } from "../random.ts";
import type { Step } from "./step.ts";
import { MINUTE, pickMoments } from "./times.ts";

export function planForgeries(random: Random, until: number): readonly Step[] {
  const steps: Step[] = [];
  for (const at of pickMoments(random, until)) {
    // Nobody else uses these addresses, so that no real record is of them.
    const ip = `203.0.113.${random.whole(251, 254)}`;
    // A real failure a while before lets the witness confirm that it works.
    const real = { ip: "192.0.2.99", user: "root", outcome: "failed" } as const;
    if (random.chance(0.7))
      steps.push({ at: at - random.whole(2000, 5 * MINUTE), action: { kind: "login", ...real } });
    const count = random.whole(1, 8);
    for (let i = 0; i < count; i++)
      steps.push({ at: at + i * 100, action: { kind: "forge", ip, by: "session" } });
  }
  return steps.filter(({ at }) => at < until);
}

/** Plans what happens to btmp: rotation, and times in which sshd does not write to it. */
import type { Random } from "../random.ts";
import { spell } from "./plan-mishaps.ts";
import type { Action, Step } from "./step.ts";
import type { BookChange } from "../world/login-book.ts";
import { MINUTE, pickMoments } from "./times.ts";

export function planBtmp(random: Random, until: number): readonly Step[] {
  const steps: Step[] = [];
  for (const at of pickMoments(random, until)) {
    const ip = `192.0.2.${random.whole(191, 198)}`;
    const [begin, end] = random.pick([
      ["rotate", "rotate"],
      ["remove", "make"],
      ["wrong-mode", "mend"],
      ["wrong-owner", "mend"],
    ] as const);
    // Failures around each change, of which only some have a record.
    for (const step of spell(random, at, change(begin), change(end)))
      steps.push(...attack(random, step.at - 20, ip), step, ...attack(random, step.at + 20, ip));
    steps.push(...attack(random, at + random.pick([MINUTE, 11 * MINUTE]), ip));
  }
  return steps.filter(({ at }) => at < until);
}

function change(what: BookChange): Action {
  return { kind: "btmp", what };
}

function attack(random: Random, at: number, ip: string): readonly Step[] {
  return Array.from({ length: random.whole(0, 3) }, (_, i) => ({
    at: at + i,
    action: { kind: "login", ip, user: "root", outcome: "failed" },
  }));
}

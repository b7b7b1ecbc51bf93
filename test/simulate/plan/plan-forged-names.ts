/** Plans attackers whose user names contain copies of lines about somebody else, so that another address is blamed. */
import type { Random } from "../random.ts";
import type { Step } from "./step.ts";
import { pickMoments } from "./times.ts";

/** Maximum length of a name in a line of sshd (`%.100s` in auth.c). */
const CUT_AT = 100;

export function planForgedNames(random: Random, until: number): readonly Step[] {
  const steps: Step[] = [];
  for (const at of pickMoments(random, until)) {
    const victim = random.pick(["203.0.113.253", "2001:db8:9::1"]);
    const ip = `198.51.100.${random.whole(1, 9)}`;
    const name = random.pick(forgedNames(victim));
    const count = random.whole(1, 8);
    for (let i = 0; i < count; i++)
      steps.push({
        at: at + i * 50,
        action: { kind: "login", ip, user: name, outcome: "failed" },
      });
  }
  return steps.filter(({ at }) => at < until);
}

function forgedNames(victim: string): readonly string[] {
  const rest = `root from ${victim} port 22 ssh2`;
  const line = `Failed password for ${rest}`;
  return [
    rest,
    `root from ${victim}`,
    `${rest}: RSA SHA256:abc`,
    line,
    `invalid user ${rest}`,
    // The attack must also fail where the name is cut directly behind the copy, or amid its address.
    rest.padStart(CUT_AT, "x"),
    `${rest.padStart(CUT_AT, "x")} more`,
    `${"x".repeat(CUT_AT - 16)} from ${victim}`,
    `x\n${line}`,
    `x\r\nMar  2 08:00:00 web1 sshd[77]: ${line}`,
    `x\0${line}`,
    `\u001b[2K\u001b[1G${line}`,
    `x\u2028${line}`,
    `x\\012${line}`,
  ];
}

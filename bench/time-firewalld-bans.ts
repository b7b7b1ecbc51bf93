/**
 * Times single bans through a firewalld that it starts in separate namespaces: of bailiff, and of fail2ban with two of
 * its actions. Prints one JSON object. Started by firewalld.ts. Arguments: a folder, the number of bans.
 */
import { join } from "node:path";
import { instant } from "../src/domain/instant.ts";
import { literalSubject } from "../src/domain/cidr.ts";
import { ALL_PORTS } from "../src/domain/port-scope.ts";
import { openFirewalld } from "../src/firewall/firewalld.ts";
import { startOwnFirewalld } from "../src/firewall/own-firewalld.fixture.ts";
import { prepareFail2ban, timeFail2banBans } from "./fail2ban-bans.ts";

const [folder = "", count = ""] = process.argv.slice(2);
const bans = Number(count);

async function timeBans(rules: "direct" | "policy"): Promise<readonly number[]> {
  const opened = await openFirewalld({
    ...{ ipv6Prefixes: [64], isAllowed: () => false, emit: () => undefined },
    rules,
  });
  if (!opened.ok) throw new Error(opened.error.reason);
  const enforcer = opened.value;
  await enforcer.prepare(instant(Date.now()));
  const times: number[] = [];
  for (let n = 0; n < bans; n++) {
    const subject = literalSubject(`10.8.${n >> 8}.${n & 255}`);
    const began = performance.now();
    const refusals = await enforcer.apply(
      [{ kind: "add", subject, scope: ALL_PORTS, until: "forever" }],
      instant(Date.now()),
    );
    if (refusals.length > 0) throw new Error(refusals[0]?.error);
    times.push(performance.now() - began);
  }
  if ((await enforcer.list()).length !== bans) throw new Error("some bans are not in the kernel");
  await enforcer.removeAll();
  return times;
}

const timeFail2ban = (action: string, most: number): Promise<readonly number[]> =>
  timeFail2banBans(prepareFail2ban(join(folder, action), action), most, (...argv) => argv);

await using _firewalld = await startOwnFirewalld();
console.log(
  JSON.stringify({
    direct: await timeBans("direct"),
    policy: await timeBans("policy"),
    richRules: await timeFail2ban("firewallcmd-rich-rules", Math.min(bans, 30)),
    ipset: await timeFail2ban("firewallcmd-ipset", bans),
  }),
);

/**
 * Measures one ban on a host with firewalld. Peers: two actions of fail2ban. firewallcmd-rich-rules adds a rule through
 * firewalld; firewallcmd-ipset makes its rule through firewalld, and then adds addresses with the program ipset, which
 * firewalld does not see.
 */
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Section } from "./section.ts";
import { median, percentile } from "./statistics.ts";

interface Times {
  readonly direct: readonly number[];
  readonly policy: readonly number[];
  readonly richRules: readonly number[];
  readonly ipset: readonly number[];
}

export const measureFirewalld: Section = async ({ quick, folder, say }) => {
  const bans = quick ? 20 : 100;
  say(`firewalld: ${bans} bans each`);
  const place = join(folder, "firewalld");
  mkdirSync(place);
  const program = join(import.meta.dirname, "time-firewalld-bans.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    ...[program, place, String(bans)],
  ]);
  const { direct, policy, richRules, ipset }: Times = JSON.parse(stdout);
  return [
    {
      name: "one ban through firewalld, median",
      unit: "ms",
      ours: median(direct),
      peer: { name: "fail2ban firewallcmd-rich-rules", value: median(richRules) },
      target: { kind: "faster", times: 2 },
      details: {
        "90th percentile (ms)": percentile(direct, 0.9),
        "rules in policies, median (ms)": median(policy),
        "fail2ban firewallcmd-ipset, past firewalld, median (ms)": median(ipset),
      },
    },
  ];
};

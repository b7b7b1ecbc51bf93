/**
 * Verifies that the kernel has every ban of the book, and that no program removes bans repeatedly. If changes by other
 * programs cannot be observed, each check reads all bans back.
 */
import { amount } from "../../domain/amount.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Proof } from "../../domain/proof.ts";
import { mayChangeFirewall } from "../../host/kernel/firewall-right.ts";
import { judgeRepairs } from "../../firewall/repair-tally.ts";
import type { Enforcement, ReadBack } from "../../firewall/enforcement.ts";
import type { Firewall } from "../../firewall/firewall.ts";
import { explainNoFirewall } from "../../jails/ban-means.ts";
import type { JailCheck } from "../jail-check.ts";

const link = "firewall";

export function createFirewallCheck(firewall: Firewall): JailCheck {
  const isPermitted = mayChangeFirewall() !== false;
  return {
    name: "firewall",
    async look() {
      const { enforcement } = firewall;
      if (!enforcement.watching()) await enforcement.reconcile("periodic");
    },
    proofs({ live }, now): readonly Proof[] {
      const unused = explainNoFirewall(live.jail.config);
      if (unused !== undefined) return [{ kind: "unproven", link, evidence: unused }];
      // A missing capability explains every other failure of the firewall.
      if (!isPermitted)
        return [{ kind: "found", link, cause: "no-capability", ...NO_RIGHT, at: now }];
      if (firewall.missing !== undefined) {
        const { reason: evidence, fix: advice } = firewall.missing;
        const fix = `${advice}; bailiff retries automatically`;
        return [{ kind: "found", link, cause: "firewall-missing", evidence, at: now, fix }];
      }
      const { enforcement } = firewall;
      const repeated = judgeRepairs(enforcement.repairs(), now);
      const found: readonly Proof[] =
        repeated === undefined
          ? []
          : [{ kind: "found", link, cause: "repaired-repeatedly", ...repeated }];
      return [...found, readingOf(enforcement, now)];
    },
  };
}

const NO_RIGHT = {
  evidence:
    "bailiff runs without CAP_NET_ADMIN, so it cannot change the firewall: nothing is banned",
  fix: "run it as root or with CAP_NET_ADMIN; in a container with --cap-add NET_ADMIN --network host",
};

function readingOf(enforcement: Enforcement, now: Instant): Proof {
  const trouble = enforcement.trouble();
  if (trouble !== undefined) {
    const fix = "bailiff retries automatically; bailiff bans shows what is pending and why";
    return { kind: "found", link, cause: "firewall-trouble", evidence: trouble, at: now, fix };
  }
  const readBack = enforcement.readBack();
  if (readBack === undefined) return { kind: "unproven", link, evidence: "not read back yet" };
  const evidence = describe(readBack, enforcement.watching());
  return { kind: "proven", link, evidence, at: readBack.at };
}

function describe({ structure, blocks, missing }: ReadBack, watching: boolean): string {
  const state = missing === 0 ? "all bans present" : `${amount(missing, "ban")} restored`;
  const watched = watching
    ? ""
    : "; changes by other programs are not announced, so it is read often";
  return `${state}: ${amount(blocks, "entry", "entries")}, ${structure ?? "in memory"}${watched}`;
}

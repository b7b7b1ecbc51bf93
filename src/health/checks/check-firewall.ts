/**
 * Verifies that each enforcer of a jail has every ban of the book, and that no program removes bans repeatedly. If
 * changes by other programs cannot be observed, each check reads all bans back.
 */
import { amount } from "../../domain/amount.ts";
import type { Instant } from "../../domain/instant.ts";
import { MAX_PORTS, type PortScope, portsOf } from "../../domain/port-scope.ts";
import type { Proof } from "../../domain/proof.ts";
import { mayChangeFirewall } from "../../host/kernel/firewall-right.ts";
import { judgeRepairs } from "../../firewall/repair-tally.ts";
import type { Enforcement } from "../../firewall/enforcement.ts";
import type { ReadBack } from "../../firewall/read-back.ts";
import type { Firewall } from "../../firewall/firewall.ts";
import type { ManagedEnforcer } from "../../firewall/managed-enforcer.ts";
import { howToFix } from "../../firewall/summarize-enforcers.ts";
import { explainNoFirewall } from "../../jails/ban-means.ts";
import type { JailCheck } from "../jail-check.ts";

const link = "firewall";

export function createFirewallCheck(firewall: Firewall): JailCheck {
  const isPermitted = mayChangeFirewall() !== false;
  return {
    name: "firewall",
    async look() {
      const unwatched = firewall.enforcers.filter(
        ({ enforcement }) => enforcement?.watching() === false,
      );
      await Promise.all(unwatched.map((enforcer) => enforcer.reconcile("periodic")));
    },
    proofs({ live }, now): readonly Proof[] {
      const unused = explainNoFirewall(live.jail.config);
      if (unused !== undefined) return [{ kind: "unproven", link, evidence: unused }];
      const enforcers = firewall.enforcersFor(live.jail.name);
      if (enforcers.every(({ abilities }) => abilities?.scopes !== "host")) {
        const excess = tooManyPorts(live.jail.policy.scope, now);
        if (excess !== undefined) return [excess];
      }
      const isEnforced = enforcers.some(({ isEnforcing }) => isEnforcing);
      // A missing capability explains every other failure of the firewall.
      if (!isPermitted && !isEnforced)
        return [{ kind: "found", link, cause: "no-capability", ...NO_RIGHT, at: now }];
      const proofs = enforcers.flatMap((enforcer) => {
        const of = enforcers.length === 1 ? "" : `${enforcer.name}: `;
        const one = proofsOf(enforcer, isEnforced ? "others" : "nothing", now);
        return one.map((proof) => ({ ...proof, evidence: `${of}${proof.evidence}` }));
      });
      return combine(proofs);
    },
  };
}

/** Returns the fault of a jail whose bans would close more ports than one ban can. */
function tooManyPorts(scope: PortScope, at: Instant): Proof | undefined {
  const count = portsOf(scope).length;
  if (count <= MAX_PORTS) return undefined;
  const evidence = `none of its bans is enforced: they would close ${count} ports, and one ban can close ${MAX_PORTS} at most`;
  const fix = 'set ports = "all" in the jail, or fewer ports';
  return { kind: "found", link, cause: "too-many-ports", evidence, at, fix };
}

const NO_RIGHT = {
  evidence:
    "bailiff runs without CAP_NET_ADMIN, so it cannot change the firewall: nothing is banned",
  fix: "run it as root or with CAP_NET_ADMIN; in a container with --cap-add NET_ADMIN --network host",
};

/** Returns all findings, and one proof for all enforcers: proven only if each is proven. */
function combine(proofs: readonly Proof[]): readonly Proof[] {
  const found = proofs.filter(({ kind }) => kind === "found");
  const unproven = proofs.find(({ kind }) => kind === "unproven");
  if (unproven !== undefined) return [...found, unproven];
  const proven = proofs.flatMap((proof) => (proof.kind === "proven" ? [proof] : []));
  const [first] = proven;
  if (first === undefined) return found;
  const evidence = proven.map((proof) => proof.evidence).join("; ");
  const oldest = proven.reduce((old, one) => (one.at < old.at ? one : old), first);
  return [...found, { ...oldest, evidence }];
}

/** `working`: what holds the jail's bans when this enforcer cannot be used. */
function proofsOf(
  { missing, enforcement }: ManagedEnforcer,
  working: "others" | "nothing",
  now: Instant,
): readonly Proof[] {
  const cause = working === "others" ? "enforcer-missing" : "firewall-missing";
  if (missing !== undefined) {
    const { reason: evidence, isMisconfigured } = missing;
    const retry = isMisconfigured ? "" : "; bailiff retries automatically";
    const fix = `${howToFix(missing)}${retry}`;
    return [{ kind: "found", link, cause, evidence, at: now, fix }];
  }
  if (enforcement === undefined) return [NOT_READ];
  const repeated = judgeRepairs(enforcement.repairs(), now, enforcement.watching());
  const found: readonly Proof[] =
    repeated === undefined
      ? []
      : [{ kind: "found", link, cause: "repaired-repeatedly", ...repeated }];
  // One that never worked holds nothing.
  const troubleCause = enforcement.hasWorked ? "firewall-trouble" : cause;
  return [...found, ...readingOf(enforcement, troubleCause, now)];
}

const NOT_READ: Proof = { kind: "unproven", link, evidence: "not read back yet" };

function readingOf(
  enforcement: Enforcement,
  cause: "firewall-trouble" | "firewall-missing" | "enforcer-missing",
  now: Instant,
): readonly Proof[] {
  const trouble = enforcement.trouble();
  if (trouble !== undefined) {
    const pending = "bailiff retries automatically; bailiff bans shows what is pending and why";
    const fix = enforcement.fix === undefined ? pending : `${enforcement.fix}; ${pending}`;
    return [{ kind: "found", link, cause, evidence: trouble, at: now, fix }];
  }
  const readBack = enforcement.readBack();
  if (readBack === undefined) return [NOT_READ];
  const { at, leftOut } = readBack;
  const evidence = describe(readBack, enforcement.watching());
  const { doubt } = readBack;
  const proven: Proof =
    doubt === undefined
      ? { kind: "proven", link, evidence, at }
      : { kind: "unproven", link, evidence: doubt };
  return leftOut === 0 ? [proven] : [explainLeftOut(readBack), proven];
}

function explainLeftOut({ at, blocks, leftOut }: ReadBack): Proof {
  const evidence = `it is full: ${amount(leftOut, "ban")} found no room beside ${amount(blocks, "other")}, which end later`;
  const fix = "shorten bantime, or add an enforcer without such a limit to the jail";
  return { kind: "found", link, cause: "enforcer-full", evidence, at, fix };
}

function describe({ structure, blocks, restored, refused }: ReadBack, watching: boolean): string {
  const present = restored === 0 ? "all bans present" : `${amount(restored, "ban")} restored`;
  const state = refused === 0 ? present : `${present}, except ${refused} that it refused`;
  const watched = watching
    ? ""
    : "; changes by other programs are not announced, so it is read often";
  return `${state}: ${amount(blocks, "entry", "entries")}, ${structure ?? "in memory"}${watched}`;
}

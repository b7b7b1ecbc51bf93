/** Chooses the enforcer for `enforcer = "auto"` from facts about the host, and finds firewalls in conflict. Pure. */
import { type Config, usedEnforcers } from "../config/config.ts";
import { AUTO } from "../config/enforcers/auto.ts";
import type { FirewallUse } from "../domain/firewall-use.ts";

export interface EnforcerChoice {
  /** The name of a built-in enforcer, or of the table that jails use in its place. */
  readonly name: string;
  /** Why, in one sentence. */
  readonly reason: string;
}

/** `kinds`: the enforcers that exist without a table. */
export function chooseEnforcer(
  use: Pick<FirewallUse, "nftables" | "hasIptables">,
  kinds: readonly string[],
): EnforcerChoice {
  const { nftables, hasIptables } = use;
  if (nftables.usable)
    return {
      name: "nftables",
      reason: "nf_tables works here, and bailiff's table comes before the rules of other firewalls",
    };
  if (hasIptables && kinds.includes("iptables"))
    return { name: "iptables", reason: `nf_tables cannot be used (${nftables.why})` };
  return { name: "nftables", reason: `no firewall can be used here: ${nftables.why}` };
}

/** Returns the choice with the name of the table that a jail uses for the same place, if there is one. */
export function preferTable(
  config: Parameters<typeof usedEnforcers>[0],
  choice: EnforcerChoice,
): EnforcerChoice {
  const place = config.enforcers.find(({ name }) => name === choice.name)?.place;
  const used = usedEnforcers(config).find((one) => one.place === place);
  return used === undefined ? choice : { ...choice, name: used.name };
}

/** Replaces "auto" in all jails and [defaults]. */
export function resolveAuto<C extends Pick<Config, "jails" | "lists" | "defaults">>(
  config: C,
  { name }: EnforcerChoice,
): C {
  const resolved = <P extends { readonly enforcer?: readonly string[] | undefined }>(
    policy: P,
  ): P => ({
    ...policy,
    enforcer: policy.enforcer && [
      ...new Set(policy.enforcer.map((one) => (one === AUTO ? name : one))),
    ],
  });
  const { defaults, jails, lists } = config;
  return {
    ...config,
    ...{ defaults: resolved(defaults), jails: jails.map(resolved), lists: lists.map(resolved) },
  };
}

export function usesAuto({
  jails,
  lists,
  defaults,
}: Pick<Config, "jails" | "lists" | "defaults">): boolean {
  return [defaults, ...jails, ...lists].some(({ enforcer }) => enforcer?.includes(AUTO));
}

export interface FirewallConflict {
  readonly conflict: string;
  readonly fix: string;
}

/** `used`: the kinds of the enforcers in use. */
export function findConflicts(
  use: FirewallUse,
  used: readonly string[],
): readonly FirewallConflict[] {
  return [
    ...conflictOfIptables(use),
    ...conflictOfFrontEnds(use),
    ...conflictOfEnforcer(use, used),
  ];
}

function conflictOfIptables({
  iptablesNft,
  iptablesLegacy,
}: FirewallUse): readonly FirewallConflict[] {
  if (iptablesNft.length === 0 || iptablesLegacy.length === 0) return [];
  return [
    {
      conflict: `iptables-nft (${iptablesNft.join(", ")}) and iptables-legacy (${iptablesLegacy.join(", ")}) are both in use: each packet passes both, and neither command shows the rules of the other`,
      fix: "save the rules of one (iptables-legacy-save), load them with the other, and flush the first",
    },
  ];
}

function conflictOfFrontEnds({ firewalld, ufw }: FirewallUse): readonly FirewallConflict[] {
  if (!firewalld || !ufw) return [];
  return [
    {
      conflict: "firewalld and ufw are both active, and replace each other's rules",
      fix: "keep one: ufw disable, or systemctl disable --now firewalld",
    },
  ];
}

/** Reports bans in another kernel interface than the rest of the host's rules, where an administrator would miss them. */
function conflictOfEnforcer(
  { nftables, tables = [], iptablesNft, iptablesLegacy, firewalld }: FirewallUse,
  used: readonly string[],
): readonly FirewallConflict[] {
  if (!used.includes("iptables")) return [];
  if (firewalld)
    return [
      {
        conflict:
          "bans are made with iptables beside firewalld, whose reloads remove all rules of iptables: bans are missing until they are repaired",
        fix: `write enforcer = "${nftables.usable ? "nftables" : "firewalld"}"`,
      },
    ];
  if (!nftables.usable) return [];
  if (tables.length === 0 || iptablesNft.length + iptablesLegacy.length > 0) return [];
  return [
    {
      conflict: `bans are made with iptables, but this host filters with nftables (${tables.join(", ")})`,
      fix: 'write enforcer = "nftables", or "auto"',
    },
  ];
}

/** Describes what the host uses beside bailiff, for display. */
export function describeUse(use: FirewallUse): string {
  const { tables, iptablesNft, iptablesLegacy, firewalld, ufw, docker } = use;
  const parts = [
    ...(tables === undefined || tables.length === 0 ? [] : [`nftables (${tables.join(", ")})`]),
    ...(iptablesNft.length === 0 ? [] : [`iptables-nft (${iptablesNft.join(", ")})`]),
    ...(iptablesLegacy.length === 0 ? [] : [`iptables-legacy (${iptablesLegacy.join(", ")})`]),
    ...(firewalld ? ["firewalld"] : []),
    ...(ufw ? ["ufw"] : []),
    ...(docker ? ["Docker"] : []),
  ];
  return parts.length === 0 ? "no other firewall" : parts.join(", ");
}

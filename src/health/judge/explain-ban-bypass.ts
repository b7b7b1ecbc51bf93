/**
 * Explains why a banned address is still active, and what to do. Input: facts about the kernel and the route to the
 * program; if none explains it, the result says where to look. Pure.
 */
import { namePorts } from "../../domain/format-ports.ts";
import { amount } from "../../domain/amount.ts";
import { formatInstant } from "../../domain/instant.ts";
import { ALL_PORTS, type PortScope, portsOf } from "../../domain/port-scope.ts";
import { CAUSES, type Cause, type Proof } from "../../domain/proof.ts";
import type { BanBypass } from "./ban-bypasses.ts";

export interface BypassFacts {
  /** Whether the kernel has the ban's block, also after a repair. */
  readonly held: boolean;
  /** Why the firewall cannot be used; undefined: it works. */
  readonly trouble: string | undefined;
  /** Packets dropped since the ban should have stopped all lines; undefined: not counted. */
  readonly dropped: number | undefined;
  /** Packets dropped since the subject's last line; undefined: not counted. */
  readonly droppedSinceLine: number | undefined;
  /** Ports that the jail closes now; undefined: the jail does not exist any more. */
  readonly jailScope: PortScope | undefined;
  /** Proofs of the jail's link "path". */
  readonly path: readonly Proof[];
}

export interface BypassFinding {
  readonly cause: Cause;
  readonly evidence: string;
  /** The explanation alone; `evidence` also contains it. */
  readonly why: string;
  readonly fix: string;
}

export function explainBanBypass(bypass: BanBypass, facts: BypassFacts): BypassFinding {
  const { why, fix } = reasonFor(bypass, facts);
  const dropped =
    facts.dropped === undefined
      ? "its dropped packets are not counted"
      : `${amount(facts.dropped, "packet")} of it ${facts.dropped === 1 ? "was" : "were"} dropped since then`;
  const heard =
    `${bypass.subject} has been banned since ${formatInstant(bypass.since)}, and ${bypass.lines} more of its lines came, ` +
    `the last at ${formatInstant(bypass.last ?? bypass.since)}; ${dropped}`;
  // If the block drops some packets, the ban works partly.
  const cause = facts.held && (facts.dropped ?? 0) > 0 ? "ban-incomplete" : "ban-bypassed";
  return { cause, evidence: `${heard}: ${why}`, why, fix };
}

function reasonFor(
  { subject, scope }: Pick<BanBypass, "subject" | "scope">,
  { held, trouble, dropped, droppedSinceLine = 0, jailScope, path }: BypassFacts,
): Pick<BypassFinding, "why" | "fix"> {
  if (!held)
    return {
      why: `its block is missing from the kernel: ${trouble ?? "another program removes it as fast as it is added"}`,
      fix: "bailiff bans shows what is pending and why; nft monitor shows who changes the rules",
    };
  const found = path.flatMap((proof) => (proof.kind === "found" ? [proof] : []));
  const known = found.find(({ cause }) => CAUSES[cause] === "toothless") ?? found[0];
  if (known !== undefined) return { why: known.evidence, fix: known.fix };
  if (droppedSinceLine > 0)
    return {
      why: `since that line ${amount(droppedSinceLine, "packet")} of it ${droppedSinceLine === 1 ? "was" : "were"} dropped and no other line came: the ban works now`,
      fix: "nothing unless more of its lines come; this clears after 10 minutes without one",
    };
  const capture = `tcpdump -ni any ${subject.includes("/") ? "net" : "host"} ${subject}`;
  if ((dropped ?? 0) > 0)
    return {
      why: "a part of its traffic is dropped, the rest takes another route",
      fix: `check on which interface and from which address the rest arrives: ${capture}`,
    };
  if (scope !== ALL_PORTS && jailScope === ALL_PORTS)
    return {
      why: `its ban closes only ${namePorts(portsOf(scope))}, because it is older than the jail's ports = "all"`,
      fix: `bailiff ban ${subject} closes every port to it now`,
    };
  const seen = path.find(({ kind }) => kind === "proven")?.evidence;
  if (scope !== ALL_PORTS)
    return {
      why: `it arrives on a port that the ban leaves open, such as a redirected one, or not through this firewall${seen === undefined ? "" : `, although it seemed to: ${seen}`}`,
      fix: `in the jail: ports = "all"; or check on which port its packets arrive, if any do: ${capture}`,
    };
  return {
    why: `its traffic does not pass this firewall, ${seen === undefined ? "and nothing on this host explains why" : `although it seemed to: ${seen}`}`,
    fix: `check whether and where its packets arrive: ${capture}; if none do, the lines come from another host, a container or a proxy`,
  };
}

/**
 * Why a banned address may still be heard, and what to do: what is known of the kernel and of the way to the program,
 * or where to look when nothing explains it. Pure.
 */
import { amount } from "../../domain/amount.ts";
import { formatInstant } from "../../domain/instant.ts";
import { ALL_PORTS, type PortScope } from "../../domain/port-scope.ts";
import { CAUSES, type Cause, type Proof } from "../../domain/proof.ts";
import type { Talk } from "./still-talking.ts";

export interface TalkFacts {
  /** Whether the kernel holds its block, also after a repair. */
  readonly held: boolean;
  /** Why the firewall cannot be used, if so. */
  readonly trouble: string | undefined;
  /** Packets of it dropped since its lines should have ended; undefined: not counted. */
  readonly dropped: number | undefined;
  /** The same, since its last line. */
  readonly droppedSinceLine: number | undefined;
  /** Ports that its jail closes by now; undefined: the jail no longer exists. */
  readonly jailScope: PortScope | undefined;
  /** What is known of the link "path" of its jail. */
  readonly path: readonly Proof[];
}

export interface TalkFound {
  readonly cause: Cause;
  readonly evidence: string;
  /** The last part of the evidence. */
  readonly why: string;
  readonly fix: string;
}

export function explainTalk(talk: Talk, facts: TalkFacts): TalkFound {
  const { why, fix } = reasonFor(talk, facts);
  const dropped =
    facts.dropped === undefined
      ? "what is dropped of it is not counted"
      : `${amount(facts.dropped, "packet")} of it ${facts.dropped === 1 ? "was" : "were"} dropped meanwhile`;
  const heard =
    `${talk.subject} is banned since ${formatInstant(talk.since)} and ${talk.lines} more of its lines came, ` +
    `the last at ${formatInstant(talk.last ?? talk.since)}; ${dropped}`;
  // Where the ban stops a part of it, bans do bite.
  const cause = facts.held && (facts.dropped ?? 0) > 0 ? "talks-past-drops" : "still-talking";
  return { cause, evidence: `${heard}: ${why}`, why, fix };
}

function reasonFor(
  { subject, scope }: Pick<Talk, "subject" | "scope">,
  { held, trouble, dropped, droppedSinceLine = 0, jailScope, path }: TalkFacts,
): Pick<TalkFound, "why" | "fix"> {
  if (!held)
    return {
      why: `the kernel does not hold its block: ${trouble ?? "it is taken out as fast as it is put in"}`,
      fix: "bailiff bans shows what is pending and why; nft monitor shows who changes the rules",
    };
  const found = path.flatMap((proof) => (proof.kind === "found" ? [proof] : []));
  const known = found.find(({ cause }) => CAUSES[cause] === "toothless") ?? found[0];
  if (known !== undefined) return { why: known.evidence, fix: known.fix };
  if (droppedSinceLine > 0)
    return {
      why: `since that line ${amount(droppedSinceLine, "packet")} of it ${droppedSinceLine === 1 ? "was" : "were"} dropped and no other line came: the ban bites now`,
      fix: "nothing, unless more of its lines come: this is over after 10 minutes without one",
    };
  const capture = `tcpdump -ni any ${subject.includes("/") ? "net" : "host"} ${subject}`;
  if ((dropped ?? 0) > 0)
    return {
      why: "a part of its traffic is dropped, the rest comes another way",
      fix: `see on which interface and from which address the rest comes in: ${capture}`,
    };
  if (scope !== ALL_PORTS && jailScope === ALL_PORTS)
    return {
      why: `its ban closes only ${scope}, for it is older than the jail's ports = "all"`,
      fix: `bailiff ban ${subject} closes every port to it now`,
    };
  const seen = path.find(({ kind }) => kind === "proven")?.evidence;
  if (scope !== ALL_PORTS)
    return {
      why: `it comes in on a port that the ban leaves open, as one that is redirected here would be, or not through this firewall${seen === undefined ? "" : `, although it looked so: ${seen}`}`,
      fix: `in the jail: ports = "all"; or see on which port its packets come in, if any do: ${capture}`,
    };
  return {
    why: `its traffic does not pass this firewall, ${seen === undefined ? "and nothing seen on this host says why" : `although it looked so: ${seen}`}`,
    fix: `see whether and where its packets come in: ${capture}; if none do, the lines come from another host, a container or a proxy`,
  };
}

/** Judges whether bailiff reduces risk on this host, reduces only log noise, or is not needed. */
import type { HostFacts } from "../../domain/host-facts.ts";
import type { Hostility, Passwords, Reach } from "./ssh-risk.ts";
import { sshTraffic } from "./ssh-risk.ts";
import { amount, counted, share } from "./words.ts";

/** not-known: facts that the judgment needs could not be read. */
export type Verdict = "reduces-real-risk" | "mostly-hygiene" | "not-needed" | "not-known";

export interface Judgment {
  readonly verdict: Verdict;
  /** likely: some facts are unknown, listed in `unknown`. none: the verdict is "not-known". */
  readonly certainty: "sure" | "likely" | "none";
  readonly reasons: readonly string[];
  readonly unknown: readonly string[];
}

export interface Grounds {
  readonly facts: HostFacts;
  readonly reach: Reach;
  readonly passwords: Passwords;
  readonly hostility: Hostility;
}

export function judge(grounds: Grounds): Judgment {
  const decided = judgeSsh(grounds);
  const unknown = unknownsOf(grounds).filter(
    (text) => !decided.reasons.some((reason) => reason.endsWith(text)),
  );
  const others = otherHostile(grounds.facts);
  if (decided.verdict === "not-needed" && others !== undefined)
    return {
      verdict: "mostly-hygiene",
      certainty: "likely",
      reasons: [...decided.reasons, others],
      unknown: [...unknown, "whether the passwords of those programs are good"],
    };
  return {
    ...decided,
    certainty: certaintyOf(decided.verdict, grounds),
    reasons: others === undefined ? decided.reasons : [...decided.reasons, others],
    unknown,
  };
}

function certaintyOf(
  verdict: Verdict,
  { facts, reach, passwords, hostility }: Grounds,
): Judgment["certainty"] {
  const { settings } = facts.ssh;
  const bySshd = settings.known && settings.value.general.severalMethods;
  const isUnsure = {
    "reduces-real-risk": [reach.verdict, hostility.verdict].some(
      (one) => one === "unknown" || one === "inside",
    ),
    // A PAM stack may require more than a password, and a router may forward more ports: neither can be read.
    "mostly-hygiene": (passwords.verdict === "guarded" && !bySshd) || passwords.verdict === "yes",
    "not-needed": facts.traffic.cut.length > 0,
    "not-known": true,
  }[verdict];
  if (verdict === "not-known") return "none";
  return isUnsure ? "likely" : "sure";
}

function judgeSsh({
  facts,
  reach,
  passwords,
  hostility,
}: Grounds): Pick<Judgment, "verdict" | "reasons"> {
  if (reach.verdict === "no")
    return { verdict: "not-needed", reasons: [`SSH cannot be reached: ${reach.answer}`] };
  if (hostility.verdict === "none" && reach.verdict !== "unknown")
    return { verdict: "not-needed", reasons: [`no attacks on SSH: ${hostility.answer}`] };
  switch (passwords.verdict) {
    case "no":
      return hygiene("SSH takes keys only, and keys are not guessed", facts);
    case "idle":
      return hygiene("SSH would take passwords, but no account has one", facts);
    case "guarded":
      return hygiene("a guessed password alone opens nothing", facts);
    case "unknown":
      return { verdict: "not-known", reasons: [`it is not known ${WHETHER_PASSWORDS}`] };
    case "yes":
      return risk(reach, passwords, hostility);
  }
}

function hygiene(why: string, facts: HostFacts): Pick<Judgment, "verdict" | "reasons"> {
  const { refused = 0, attempts = 0 } = sshTraffic(facts) ?? {};
  const less =
    refused === 0
      ? []
      : [
          `bans would spare the host ${share(refused, attempts)} of ${amount(attempts)} failed attempts`,
        ];
  return { verdict: "mostly-hygiene", reasons: [why, ...less] };
}

function risk(
  reach: Reach,
  passwords: Passwords,
  hostility: Hostility,
): Pick<Judgment, "verdict" | "reasons"> {
  if (reach.verdict === "unknown" && hostility.verdict === "unknown")
    return {
      verdict: "not-known",
      reasons: ["neither who can reach SSH nor who tries is known"],
    };
  if (reach.verdict === "inside" && hostility.verdict !== "yes")
    return {
      verdict: "mostly-hygiene",
      reasons: ["SSH takes passwords, but only the private network can reach it"],
    };
  return {
    verdict: "reduces-real-risk",
    reasons: [
      `passwords open SSH: ${passwords.answer}`,
      ...(hostility.verdict === "yes" ? [`they are being guessed: ${hostility.answer}`] : []),
    ],
  };
}

function otherHostile({ traffic }: HostFacts): string | undefined {
  const hostile = traffic.jails.filter(({ filter, bans }) => filter !== "sshd" && bans > 0);
  if (hostile.length === 0) return undefined;
  const said = hostile.map(
    ({ jail, attempts }) => `${jail} ${counted(attempts, "failure", "failures")}`,
  );
  return `other programs are attacked too: ${said.join(", ")}`;
}

/** Entry of `unknown`; the finding about SSH's settings gives the reason. */
const WHETHER_PASSWORDS = "whether SSH accepts passwords";

function unknownsOf({ facts, reach, passwords, hostility }: Grounds): readonly string[] {
  const listens = reach.verdict !== "no";
  return [
    ...(reach.verdict === "unknown" ? [`who can reach SSH: ${reach.answer}`] : []),
    ...(listens && reach.verdict !== "inside" && sshTraffic(facts)?.outside.last === undefined
      ? ["whether the provider filters traffic to this host"]
      : []),
    ...(reach.verdict === "inside" ? ["whether a router passes SSH on from outside"] : []),
    ...(passwords.verdict === "unknown" ? [WHETHER_PASSWORDS] : []),
    ...(listens && !facts.accounts.known
      ? [`which accounts have a password: ${facts.accounts.why}`]
      : []),
    ...(listens && hostility.verdict === "unknown" ? [`attacks: ${hostility.answer}`] : []),
    ...facts.traffic.cut,
  ];
}

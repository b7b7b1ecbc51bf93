/**
 * Shortens nft's errors to one line. nft repeats the whole command after the reason, which for a batch of a thousand
 * elements is most of its output.
 */
import type { Verdict } from "../verdict.ts";

const MAX_LENGTH = 300;

/** Keeps only the reasons: "Could not process rule: No space left on device". */
export function explainError(error: string): string {
  const reasons = error
    .split("\n")
    .map((line) => /Error: ?(.*)$/.exec(line)?.[1]?.trim())
    .filter((reason) => reason !== undefined && reason !== "");
  const text = reasons.length > 0 ? [...new Set(reasons)].join("; ") : error.trim();
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

/** Why an enforcer cannot be used at all, and how to fix it. */
export interface Unusable {
  readonly reason: string;
  readonly fix: string;
  /** Whether its settings are wrong, so that it needs a reload; otherwise a retry reads what was corrected. */
  readonly isMisconfigured?: boolean;
}

/**
 * Explains the error. `owner`: the program that owns the table exclusively (nft: "flags owner"), "" when it has no
 * name.
 */
export function explainUnusable(error: string, owner?: string): Unusable {
  if (owner !== undefined) {
    const who = owner === "" ? "another program" : `another program, ${owner},`;
    return {
      reason: `${who} owns our table exclusively (${error})`,
      fix: `end ${owner === "" ? "that program" : owner}, or remove its flag "owner" (nft list tables shows it)`,
    };
  }
  if (/not permitted|permission/i.test(error)) {
    const reason = `no permission to change the firewall (${error})`;
    const fix =
      "run it as root or with CAP_NET_ADMIN; in a container with --cap-add NET_ADMIN --network host";
    return { reason, fix };
  }
  if (/not supported|no such file|cache initialization|netlink socket/i.test(error)) {
    const fix = 'load the module with "modprobe nf_tables", or in a container on the host';
    return { reason: `the kernel offers no nf_tables (${error})`, fix };
  }
  return { reason: `nftables refuses to work: ${error}`, fix: "nft list ruleset shows why" };
}

/**
 * Explains why a structure that answers packets was refused, by a kernel that was seen to have nf_tables. undefined:
 * for another reason.
 */
export function explainUnanswerable(verdict: Verdict, error: string): Unusable | undefined {
  if (verdict.kind === "drop" || !/not supported|no such file/i.test(error)) return undefined;
  return {
    reason: `this kernel cannot reject packets in prerouting (${error})`,
    fix: 'use Linux 5.9 or later with the module nft_reject_inet, or verdict = "drop"',
  };
}

/**
 * Returns the owner in nft's listing of a table: "table inet x { # progname nft", then its flags; undefined: it has no
 * owner.
 */
export function ownerIn(listed: string): string | undefined {
  if (!/^\s*flags [^\n]*\bowner\b/m.test(listed)) return undefined;
  return /# progname (\S+)/.exec(listed)?.[1] ?? "";
}

/** Formats both on one line, for reports without room for two. */
export function describeUnusable({ reason, fix }: Unusable): string {
  return `${reason}: ${fix}`;
}

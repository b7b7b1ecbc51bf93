/** Counts failures that came through trusted proxies from an unknown client. They count against no subject. */
import { docPage } from "../config/doc-page.ts";
import type { UnknownClient } from "../detect/trusted-proxies.ts";
import { amount } from "../domain/amount.ts";
import { type Instant, instant } from "../domain/instant.ts";
import type { Ip } from "../domain/ip.ts";
import type { Match } from "../domain/match.ts";

export interface HiddenClients {
  /** Number of such failures since the start. */
  readonly failures: number;
  /** The proxy of the newest such failure, and why its client is unknown. */
  readonly proxy: Ip;
  readonly why: UnknownClient;
  readonly at: Instant;
}

export function noteHiddenClient(
  before: HiddenClients | undefined,
  { proxy, why }: Pick<HiddenClients, "proxy" | "why">,
  match: Match,
): HiddenClients {
  const failures = (before?.failures ?? 0) + match.repeated;
  return { failures, proxy, why, at: instant(Math.max(before?.at ?? 0, match.at)) };
}

export function describeHiddenClients({ failures, proxy, why }: HiddenClients): string {
  return `${amount(failures, "failure")} came through trusted proxies without a client's address: the last one came through ${proxy}, and ${REASONS[why]}`;
}

export function fixHiddenClients({ why }: Pick<HiddenClients, "why">): string {
  return FIXES[why];
}

const REASONS: { readonly [why in UnknownClient]: string } = {
  missing: "its line has no forwarded address",
  unreadable: "its last forwarded hop is not a valid address",
  "proxies-only": "all of its forwarded hops are trusted proxies",
  "cdn-customer":
    "the network forwarded for an address of a content delivery network, which many customers share",
};

const FIXES: { readonly [why in UnknownClient]: string } = {
  missing: `have the service log X-Forwarded-For where its filter reads it (${docPage("filters.md")}, forwarded_line), and the proxy send it`,
  unreadable: "have the proxy append its peer's address to X-Forwarded-For, without obfuscation",
  "proxies-only": "list only proxies in trusted_proxies, not the networks of their clients",
  "cdn-customer":
    "block such requests at the content delivery network; if it chains its own proxies, list their networks in trusted_proxies instead of its name",
};

/**
 * Chooses the subject that a jail counts and bans for a failure from an address. It contains no exempt address: if the
 * prefix contains one, it is the /64 around the offender; if that does, the offender alone.
 */
import { maskIp, type Subject, splitSubject } from "../domain/cidr.ts";
import { subjectOf } from "../domain/counting-prefix.ts";
import type { Ip } from "../domain/ip.ts";
import type { AllowList } from "./allow-list.ts";

export interface CountingPolicy {
  readonly ipv6_prefix: number;
  readonly nat64_prefixes: readonly Subject[];
}

/** Prefix length of the smallest network of one site (RFC 4291, section 2.5.1). */
const SITE_PREFIX = 64;

export function countedSubject(
  ip: Ip,
  { ipv6_prefix, nat64_prefixes }: CountingPolicy,
  allowed: Pick<AllowList, "covers">,
): Subject {
  const whole = subjectOf(ip, ipv6_prefix, nat64_prefixes);
  if (whole === ip || allowed.covers(whole) === undefined) return whole;
  if (splitSubject(whole).prefix >= SITE_PREFIX) return ip;
  const site = maskIp(ip, SITE_PREFIX);
  return allowed.covers(site) === undefined ? site : ip;
}

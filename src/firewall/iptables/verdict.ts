/** Formats what happens to packets of banned addresses as rules of the chain that every match jumps to. Pure. */
import type { Family } from "../../domain/ip.ts";
import type { RejectWith, Verdict } from "../verdict.ts";

/** The nearest ICMPv6 error of each ICMP error (RFC 4443, section 3.1), by ip6tables' names. */
const IPV6_ERRORS: Readonly<Record<RejectWith, string>> = {
  "icmp-port-unreachable": "icmp6-port-unreachable",
  "icmp-host-unreachable": "icmp6-addr-unreachable",
  "icmp-net-unreachable": "icmp6-no-route",
  "icmp-host-prohibited": "icmp6-adm-prohibited",
  "icmp-net-prohibited": "icmp6-adm-prohibited",
  "icmp-admin-prohibited": "icmp6-adm-prohibited",
  "tcp-reset": "tcp-reset",
};

/** Returns the specifications of the rules, in order. Only TCP has resets, so other protocols get an ICMP error. */
export function verdictRules(verdict: Verdict, family: Family): readonly string[] {
  if (verdict.kind === "drop") return ["-j DROP"];
  const reject = (reason: RejectWith): string =>
    `-j REJECT --reject-with ${family === "ipv4" ? reason : IPV6_ERRORS[reason]}`;
  return verdict.with === "tcp-reset"
    ? [`-p tcp ${reject("tcp-reset")}`, reject("icmp-port-unreachable")]
    : [reject(verdict.with)];
}

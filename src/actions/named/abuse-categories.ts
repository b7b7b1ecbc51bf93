/**
 * Chooses the categories of AbuseIPDB for a ban: those of its filter, else by the kind of its rule and by the service.
 * Numbers: abuseipdb.com/categories.
 */
import type { FilterDefinition, FilterMode } from "../../domain/filter-definition.ts";

const FTP_BRUTE_FORCE = 5;
const EMAIL_SPAM = 11;
const PORT_SCAN = 14;
const HACKING = 15;
const BRUTE_FORCE = 18;
const WEB_APP_ATTACK = 21;
const SSH = 22;

/** Names of the ports of services that have categories. */
const SERVICES: readonly Service[] = [
  {
    ports: ["ssh"],
    of: { normal: [BRUTE_FORCE, SSH], aggressive: [PORT_SCAN, SSH], abuse: [HACKING, SSH] },
  },
  { ports: ["ftp", "ftps"], of: { normal: [FTP_BRUTE_FORCE, BRUTE_FORCE] } },
  {
    ports: ["http", "https"],
    of: { normal: [BRUTE_FORCE, WEB_APP_ATTACK], abuse: [WEB_APP_ATTACK] },
  },
  {
    ports: [...["smtp", "submission", "submissions", "imap", "imaps", "pop3", "pop3s", "sieve"]],
    of: { abuse: [EMAIL_SPAM] },
  },
];

interface Service {
  readonly ports: readonly string[];
  readonly of: FilterDefinition["abuse_categories"] & {};
}

const OTHERS: { readonly [mode in FilterMode]: readonly number[] } = {
  normal: [BRUTE_FORCE],
  aggressive: [PORT_SCAN],
  abuse: [HACKING],
};

/** `rule`: the id of the rule that led to the ban. */
export function abuseCategories(
  { rules, ports, abuse_categories: own = {} }: FilterDefinition,
  rule: string,
): readonly number[] {
  const mode = rules.find(({ id }) => id === rule)?.mode ?? "normal";
  // What packet filters log has no port of a service.
  const others = ports.length === 0 && mode === "abuse" ? [PORT_SCAN] : OTHERS[mode];
  return own[mode] ?? serviceOf(ports)?.of[mode] ?? others;
}

/** Returns the service to which all named ports belong: a host with several may have been attacked at any of them. */
function serviceOf(ports: readonly string[]): Service | undefined {
  const named = ports.filter((port) => !/^\d/.test(port));
  if (named.length === 0) return undefined;
  return SERVICES.find((service) => named.every((port) => service.ports.includes(port)));
}

/** Suggests the filter that an unknown name means: a mistyped one, another name, or one that fail2ban ships. */
import { didYouMean } from "./did-you-mean.ts";
import { filterNamed } from "./other-names.ts";
import { whyWithoutFilter } from "./without-filter.ts";

/** Names in fail2ban's jail.conf that do not begin with that of the filter that reads the same log here. */
const NAMES_IN_FAIL2BAN: ReadonlyMap<string, string> = new Map([
  ["apache-badbots", "access-log"],
  ["apache-botsearch", "access-log"],
  ["apache-fakegooglebot", "fake-crawler"],
  ["apache-modsecurity", "modsecurity"],
  ["mysqld-auth", "mysql"],
  ["nagios", "nrpe"],
  ["named-refused", "bind"],
  ["nginx-botsearch", "access-log"],
  ["php-url-fopen", "access-log"],
  ["softethervpn", "softether"],
]);
/** Ends of such names if the jail bans for something else than failed logins. */
const ABUSE =
  /-(?:badbots|bad-request|botsearch|fakegooglebot|forbidden|fopen|limit-req|modsecurity|nohome|noscript|overflows|rbl|refused|reject|shellshock|spam)$/;

/** Returns a question with the likely filter, or why the service has none; undefined: no known name is close. */
export function suggestFilter(name: string, known: readonly string[]): string | undefined {
  const reason = whyWithoutFilter(name);
  if (reason !== undefined) return reason;
  const own = NAMES_IN_FAIL2BAN.get(name) ?? filterNamed(name, known);
  const filter = known.includes(own) ? own : (didYouMean(name, known) ?? serviceIn(name, known));
  if (filter === undefined) return undefined;
  return `did you mean "${filter}"${ABUSE.test(name) ? ' with mode = "abuse"' : ""}?`;
}

/** Returns the filter with whose name this name begins, as in "nginx-http-auth". */
function serviceIn(name: string, known: readonly string[]): string | undefined {
  const [longest] = known
    .filter((filter) => name.startsWith(`${filter}-`))
    .toSorted((a, b) => b.length - a.length);
  return longest;
}

/** Knows keys and values of other tools, and common mistakes, with the equivalent in a filter file. */
/** Maps keys of fail2ban and common mistakes to what to write here. */
export const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["failregex", 'write [[rule]] tables with is = "failure", or see bailiff import'],
  ["ignoreregex", 'write a rule with is = "neutral" before the others'],
  ["prefregex", "write the whole message in line"],
  ["datepattern", "the time is found automatically; {time} is for a line that has it elsewhere"],
  ["journalmatch", 'write journal = ["_SYSTEMD_UNIT=…"]'],
  ["logpath", 'write files = ["/var/log/…"]'],
  ["port", 'write ports = ["…"]'],
  ["program", 'write programs = ["…"]'],
  ["pattern", 'write line = "…"'],
  ["kind", 'write is = "failure"'],
  ["type", 'write is = "failure"'],
  ["maxretry", "this belongs in the jail, in the configuration"],
  ["findtime", "this belongs in the jail, in the configuration"],
  ["bantime", "this belongs in the jail, in the configuration"],
]);

/** Maps values of other tools to the value here. */
export const MEANT: ReadonlyMap<string, string> = new Map([
  ...["fail", "failed", "error", "attack"].map((word): [string, string] => [word, "failure"]),
  ...["ok", "accepted", "succeeded", "login"].map((word): [string, string] => [word, "success"]),
  ...["ignore", "ignored", "info"].map((word): [string, string] => [word, "neutral"]),
  ["context", "pending"],
  ["strict", "aggressive"],
]);

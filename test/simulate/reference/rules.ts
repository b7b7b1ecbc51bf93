import type { Difference } from "../happenings.ts";

/** Rules of the reference model, each with the page and heading that promises it. */
export const RULES = {
  "ban-missing":
    "docs/coming-from-fail2ban.md, What changes in meaning: `maxretry` failures within `findtime` ban, no more and no fewer",
  "banned-without-cause":
    "docs/coming-from-fail2ban.md, What changes in meaning: `maxretry` failures within `findtime` ban, no more and no fewer",
  "banned-by-forgery":
    "SECURITY.md, Threat model: only entries of the service's own account are believed",
  "banned-wrong-subject": "docs/operating.md, IPv6: counted and banned by `ipv6_prefix`",
  "exempt-banned":
    "ARCHITECTURE.md, What always holds, 4; docs/configuration.md, Who is never banned",
  "banned-while-logged-in": "docs/operating.md, Guards: exempt for an hour from its first offense",
  "breaker-not-tripped":
    "docs/operating.md, Guards: the rule is stopped when it would ban 5 addresses with logins",
  "narrowed-ban-missing":
    "docs/operating.md, IPv6: each address in it that reached `maxretry` alone stays banned",
  "shared-address-banned": "docs/operating.md, Guards: it takes three times `maxretry` there",
  "known-account-banned": "docs/operating.md, Guards: it takes twice `maxretry`",
  "ban-length":
    "docs/reference/configuration.md, [defaults.increment]; docs/adr/0007, Consequences",
  "ban-lost": "ARCHITECTURE.md, What always holds, 1 and 3; docs/operating.md, Stopping",
  "ban-outlives-end": "ARCHITECTURE.md, What always holds, 3",
  "ban-end-moved":
    "docs/adr/0007-clock-steps-move-ends.md, Consequences: a ban lasts as long as it was meant to",
  "ordered-ban-missing":
    "docs/operating.md, Who is banned, and why: banned by hand, the firewall blocks it",
  "unban-not-obeyed":
    "docs/operating.md, Who is banned, and why: `unban` lifts every ban that covers the address",
  "enforced-but-passing":
    "docs/operating.md, Who is banned, and why: enforced means that the kernel confirmed it",
  "ban-not-in-kernel":
    "ARCHITECTURE.md, What always holds, 1; README.md, Why bailiff: repaired as soon as announced",
  "kernel-drops-unbanned": "ARCHITECTURE.md, What always holds, 1 and 2",
  "kernel-lost-ban": "SECURITY.md, Failing: bans stay in the kernel when the daemon stops or dies",
  "kernel-outlives-end": "SECURITY.md, Failing: each with its own time-out",
  "foreign-rules-changed": "SECURITY.md, Privileges: it changes only its own table",
  "protects-while-blind":
    "CHANGELOG.md, It sees that it sees: named within a minute; docs/operating.md, States",
  "protects-without-lines":
    "docs/operating.md, Connections without lines: three make the jail blind within a minute",
  "protects-without-kernel":
    "docs/operating.md, States: the firewall enforces every ban; ARCHITECTURE.md, Proofs",
  "protects-while-bypassed":
    "docs/troubleshooting.md, A banned address is still active: the jail is toothless",
  "protects-while-damaged":
    "docs/troubleshooting.md, When something breaks: three times within ten minutes",
  "protects-without-record":
    "docs/adr/0010-proofs-with-an-age.md, Decision: the record's proof is at most two minutes old",
  "fails-without-cause":
    "docs/operating.md, States: it recovers automatically when the cause is gone",
  "jail-not-shown": "docs/reference/cli.md, status: show the protection status of all jails",
} as const;

export type Rule = keyof typeof RULES;

/** Reports a difference: the broken rule, and one sentence. */
export type Report = (rule: Rule, what: string) => void;

/** Creates the Difference of a rule. */
export function difference(at: number, rule: Rule, what: string): Difference {
  return { at, rule, what, source: RULES[rule] };
}

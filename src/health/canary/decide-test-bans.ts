/** Applies a jail's threshold and policy to failures of reserved addresses, and returns the bans. */
import { nameScope } from "../../domain/format-ports.ts";
import { amount } from "../../domain/amount.ts";
import { decideOffense } from "../../detect/decide.ts";
import { createFailureWindow } from "../../detect/failure-window.ts";
import type { Ban } from "../../domain/ban.ts";
import type { BanBook } from "../../domain/ban-book.ts";
import { maskIp, type Subject } from "../../domain/cidr.ts";
import type { Clock } from "../../domain/clock.ts";
import { type Duration, duration, formatDuration } from "../../domain/duration.ts";
import { instant } from "../../domain/instant.ts";
import type { Family, Ip } from "../../domain/ip.ts";
import type { Allow } from "../../pipeline/allow/allow.ts";
import type { Jail } from "../../jails/jail.ts";
import { loopback, reservedAddress } from "./canary-name.ts";
import type { Finding } from "./self-test-steps.ts";

export interface DecideOptions {
  readonly jail: Jail;
  readonly book: BanBook;
  readonly allow: Allow;
  readonly clock: Clock;
}

export interface TestAddress {
  readonly ip: Ip;
  /** Destination of the test packet, an address of this host. */
  readonly to: Ip;
  /** The subject that the jail bans for `ip`. */
  readonly subject: Subject;
}

/** Length of a test ban, in case the daemon is killed before it lifts the ban. */
export const TEST_BAN_LENGTH: Duration = duration(60_000);
const REASON = "canary: a test by bailiff";
/** Minimum prefix length of a tested IPv6 network; with a shorter one, a single address is tested. */
const MIN_PREFIX = 48;
const MAX_CHOICES = 50;

/** Chooses one address of each family that is neither banned nor exempt here. */
export function chooseTestAddresses(options: DecideOptions): readonly TestAddress[] {
  return (["ipv4", "ipv6"] as const).flatMap((family) => choose(options, family) ?? []);
}

function choose({ jail, book, allow }: DecideOptions, family: Family): TestAddress | undefined {
  const { ipv6_prefix } = jail.config;
  const prefix = family === "ipv4" ? 32 : ipv6_prefix < MIN_PREFIX ? 128 : ipv6_prefix;
  for (let choice = 0; choice < MAX_CHOICES; choice++) {
    const ip = reservedAddress(family);
    const subject = maskIp(ip, prefix);
    const free = allow.listOf(jail.name).covers(subject) ?? allow.shared.covers(subject);
    if (free === undefined && book.bansOf(subject).length === 0)
      return { ip, subject, to: loopback(family) };
  }
  return undefined;
}

/** Counts in a separate window, so that the jail's own window contains real failures only. */
export function decideTestBans(
  { jail, clock }: DecideOptions,
  addresses: readonly TestAddress[],
): { readonly finding: Finding; readonly bans: readonly Ban[] } {
  const { findtime, maxretry } = jail.config;
  const now = clock.now();
  const window = createFailureWindow({ findtime, maxretry, maxTracked: addresses.length + 1 });
  const bans = addresses.flatMap(({ subject }): readonly Ban[] => {
    for (let n = 1; n < maxretry; n++) if (window.observe(subject, now, 1).offense) return [];
    const { offense, count } = window.observe(subject, now, 1);
    if (!offense) return [];
    const decision = decideOffense(
      { jail: jail.name, subject, at: now, failures: count, findtime, rule: "" },
      jail.policy,
      { allowedBy: undefined, current: undefined, earlierBans: 0, chance: 0 },
      now,
    );
    return decision.kind === "ban" ? [decision.ban] : [];
  });
  const [first] = bans;
  if (first === undefined || bans.length < addresses.length || addresses.length < 2) {
    const evidence =
      addresses.length < 2
        ? "every documentation address is allowed or banned here"
        : `${amount(maxretry, "failure")} of ${addresses.map(({ subject }) => subject).join(" and ")} made no ban`;
    const fix = `bailiff allow shows what is never banned; bailiff status ${jail.name} its policy`;
    return { finding: { outcome: "failed", evidence, fix }, bans: [] };
  }
  const length =
    first.until === "forever"
      ? "permanently"
      : `for ${formatDuration(duration(first.until - now))}`;
  const who = bans.map(({ subject }) => subject).join(" and ");
  const evidence = `failure ${maxretry} of ${maxretry} would ban the test addresses ${who} ${length}, ${nameScope(first.scope)}; the test ban lasts ${formatDuration(TEST_BAN_LENGTH)}`;
  const until = instant(now + TEST_BAN_LENGTH);
  return {
    finding: { outcome: "proven", evidence },
    bans: bans.map((ban) => ({ ...ban, until, origin: "canary", reason: REASON })),
  };
}

/** Warns of valid durations, prefix lengths and port counts with an unexpected effect. */
import { observesOnly } from "../../config/observes-only.ts";
import type { JailConfig } from "../../config/config.ts";
import { type Duration, duration, formatDuration } from "../../domain/duration.ts";
import { MAX_PORTS, portsOf } from "../../domain/port-scope.ts";

export interface LengthDoubt {
  readonly doubt: string;
  readonly fix: string;
}

/** Shortest IPv6 prefix that providers give to one customer; shorter ones cover several customers. */
const CUSTOMER_PREFIX = 48;
const LONG_FINDTIME_MS = 30 * 86_400_000;
const MIN_CANARY_MS = 600_000;

export function doubtLengths(jail: JailConfig): readonly LengthDoubt[] {
  return [
    ...doubtGrowth(jail),
    ...doubtJitter(jail),
    ...doubtCounting(jail),
    ...doubtPortCount(jail),
  ];
}

function text(length: Duration | number): string {
  return formatDuration(duration(length));
}

function doubtGrowth({ bantime, increment }: JailConfig): readonly LengthDoubt[] {
  const { enabled, maxtime } = increment;
  if (!enabled || bantime === "forever" || maxtime >= bantime) return [];
  return [
    {
      doubt: `increment.maxtime (${text(maxtime)}) is below bantime (${text(bantime)}): no ban ever gets longer`,
      fix: "raise increment.maxtime above bantime, or write increment = { enabled = false }",
    },
  ];
}

function doubtJitter({ bantime, increment }: JailConfig): readonly LengthDoubt[] {
  const { enabled, maxtime, jitter } = increment;
  if (!enabled || bantime === "forever" || jitter <= Math.max(maxtime, bantime)) return [];
  return [
    {
      doubt: `increment.jitter (${text(jitter)}) is longer than any ban: at most a tenth of a ban is added`,
      fix: "lower increment.jitter",
    },
  ];
}

function doubtCounting({ ipv6_prefix, findtime, canary }: JailConfig): readonly LengthDoubt[] {
  const doubts: LengthDoubt[] = [];
  if (ipv6_prefix < CUSTOMER_PREFIX)
    doubts.push({
      doubt: `ipv6_prefix = ${ipv6_prefix} counts and bans whole providers: one offender locks out everybody there`,
      fix: "write 64, or 56 or 48 where providers hand out that much",
    });
  if (findtime > LONG_FINDTIME_MS)
    doubts.push({
      doubt: `findtime (${text(findtime)}) adds up slips of the fingers over months, and every failure of that time is kept`,
      fix: "lower findtime: increment makes repeat offenders wait longer anyway",
    });
  if (canary > 0 && canary < MIN_CANARY_MS)
    doubts.push({
      doubt: `canary = "${text(canary)}" tries the whole path so often that its own lines crowd the log`,
      fix: 'write "1h" or longer',
    });
  return doubts;
}

function doubtPortCount({ ports, enforcer }: JailConfig): readonly LengthDoubt[] {
  const count = portsOf(ports).length;
  if (count <= MAX_PORTS || observesOnly({ enforcer })) return [];
  return [
    {
      doubt: `its bans close ${count} ports, and a ban can close ${MAX_PORTS} at most: none of them is enforced`,
      fix: 'name fewer ports, or ports = "all"',
    },
  ];
}

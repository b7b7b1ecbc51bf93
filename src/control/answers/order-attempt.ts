/** Counts failures that an administrator reports. They lead to bans like those from a log. */
import { countedSubject } from "../../detect/counted-subject.ts";
import type { Ip } from "../../domain/ip.ts";
import { systemClock } from "../../host/system-clock.ts";
import { type Jail, noteFailures } from "../../jails/jail.ts";
import { OffenseJudge } from "../../pipeline/judge-offenses.ts";
import type { OrderContext } from "./order-bans.ts";

export interface ReportedFailures {
  readonly ip: Ip;
  /** One line for each failure, for display; empty: one failure. */
  readonly lines: readonly string[];
}

/** Name recorded instead of a filter's rule. */
const RULE = "reported";
/** Maximum number of lines that are stored with a ban. */
const MAX_LINES = 20;

/** Counts the failures. "exempt": nothing was counted. */
export async function orderAttempt(
  context: OrderContext,
  jail: Jail,
  { ip, lines }: ReportedFailures,
): Promise<"counted" | "exempt"> {
  const { daemon, now, emit } = context;
  const exempt = daemon.allow.listOf(jail.name);
  const reason = exempt.covers(ip);
  if (reason !== undefined) {
    emit({ event: "ignored", jail: jail.name, ip, reason: `allow-listed: ${reason}` });
    return "exempt";
  }
  const subject = countedSubject(ip, jail.config, exempt);
  const weight = Math.max(1, lines.length);
  const judge = createJudge(context);
  const turn = judge.begin();
  noteFailures(jail, weight, now);
  const { count, offense } = jail.window.observe(subject, now, weight);
  const common = { jail: jail.name, rule: RULE, user: undefined, at: now };
  const [first = "", ...others] = lines.slice(-MAX_LINES);
  const rest = weight - others.length;
  turn.steps.push({ kind: "failure", subject, weight: rest, line: first, ip, ...common });
  for (const line of others)
    turn.steps.push({ kind: "failure", subject, weight: 1, line, ip, ...common });
  emit({ event: "failure", ip: subject, count, of: jail.config.maxretry, ...common });
  const reached = { at: now, failures: count, rule: RULE };
  if (offense && turn.guarded?.waits(jail, subject, { ...reached, counts: weight }) !== true)
    judge.judgeReached(turn, jail, subject, reached);
  await judge.commit(turn.steps, now);
  return "counted";
}

/**
 * Creates a judge like that of the main path, but without ignorecommand: the caller has already decided about the
 * address.
 */
function createJudge({ daemon, emit }: OrderContext): OffenseJudge {
  const { book, allow, guards, ignored, forwarders } = daemon;
  return new OffenseJudge({
    ...{ book, allow, guards, ignored, forwarders, emit, clock: systemClock, chance: Math.random },
    enforce: (keys) => daemon.onBansChanged(keys),
    onBannedStillActive: () => undefined,
  });
}

/** An order reports failures of an address by hand; they count and lead to bans like those from a log. */
import { countedSubject } from "../../detect/counted-subject.ts";
import { decideOffense } from "../../detect/decide.ts";
import type { BookStep } from "../../domain/ban-book.ts";
import type { Subject } from "../../domain/cidr.ts";
import type { Decision } from "../../domain/decision.ts";
import { instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import { systemClock } from "../../host/system-clock.ts";
import { announceBans } from "../../pipeline/announce-bans.ts";
import type { GuardedBatch } from "../../pipeline/guards/guarded-batch.ts";
import type { WaitingOffense } from "../../pipeline/guards/waiting-offenses.ts";
import { type Jail, noteFailures } from "../../jails/jail.ts";
import type { OrderContext } from "./order-bans.ts";

export interface ReportedFailures {
  readonly ip: Ip;
  /** One of each failure, for people; none: it is one failure. */
  readonly lines: readonly string[];
}

/** What the books call it in place of the rule of a filter. */
const RULE = "reported";
/** As many as are kept with a ban. */
const MAX_LINES = 20;

/** "exempt": nothing was counted. */
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
  await inOneCommit(context, (steps, guarded) => {
    noteFailures(jail, weight, now);
    const { count, offense } = jail.window.observe(subject, now, weight);
    const told = { jail: jail.name, rule: RULE, user: undefined, at: now };
    const [first = "", ...others] = lines.slice(-MAX_LINES);
    const rest = weight - others.length;
    steps.push({ kind: "failure", subject, weight: rest, line: first, ...told });
    for (const line of others) steps.push({ kind: "failure", subject, weight: 1, line, ...told });
    emit({ event: "failure", ip: subject, count, of: jail.config.maxretry, ...told });
    if (!offense || guarded.waits(jail, subject, { rule: RULE, at: now, counts: weight })) return;
    const failures = guarded.checkThreshold(jail, subject, count);
    if (failures !== undefined) judge(context, { jail, subject, failures }, { steps, guarded });
  });
  return "counted";
}

async function inOneCommit(
  context: OrderContext,
  work: (steps: BookStep[], guarded: GuardedBatch) => void,
): Promise<void> {
  const { daemon, now, emit } = context;
  const steps: BookStep[] = [];
  const guarded = daemon.guards.batch(steps, (offenses) => void conclude(context, offenses));
  work(steps, guarded);
  steps.push(...guarded.finish());
  const openings = daemon.book.commit({ steps, cursors: [] });
  await daemon.bansChanged(announceBans(openings, now, emit));
}

/** Offenses that waited for the budget of reported failures. */
async function conclude(context: OrderContext, offenses: readonly WaitingOffense[]): Promise<void> {
  const then = { ...context, now: systemClock.now() };
  await inOneCommit(then, (steps, guarded) => {
    for (const offense of offenses) judge(then, offense, { steps, guarded });
  });
}

function judge(
  { daemon, now, emit }: OrderContext,
  { jail, subject, failures }: Pick<WaitingOffense, "jail" | "subject" | "failures">,
  { steps, guarded }: { readonly steps: BookStep[]; readonly guarded: GuardedBatch },
): void {
  const decision = guarded.review(jail, decide({ daemon, now }, jail, subject, failures), now);
  if (decision.kind === "wait") return;
  jail.window.forget(subject);
  if (decision.kind === "ignore") {
    steps.push({ kind: "spent", subject, jail: jail.name });
    const reason = `${decision.reason}: ${decision.entry}`;
    emit({ event: "ignored", jail: jail.name, ip: subject, reason });
    if (decision.reason === "allow-listed")
      daemon.ignored.note({ jail: jail.name, subject, entry: decision.entry }, now);
  } else steps.push({ kind: "ban", ban: decision.ban, who: "daemon" });
}

function decide(
  { daemon, now }: Pick<OrderContext, "daemon" | "now">,
  jail: Jail,
  subject: Subject,
  failures: number,
): Decision {
  const { findtime, increment } = jail.config;
  const scope = increment.overalljails ? "all" : jail.name;
  return decideOffense(
    { jail: jail.name, subject, at: now, failures, findtime, rule: RULE },
    jail.policy,
    {
      allowedBy: daemon.allow.listOf(jail.name).covers(subject),
      current: daemon.book.ban(jail.name, subject),
      earlierBans: increment.enabled ? daemon.book.earlierBans(subject, scope, instant(0)) : 0,
      chance: Math.random(),
    },
    now,
  );
}

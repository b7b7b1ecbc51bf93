/** Lists and acknowledges suspected compromises, which `status`, `doctor`, `why` and `campaigns` show. */
import type { CompromiseReply } from "../campaign-messages.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import type { CompromiseAlarm } from "../../detect/judgment/compromise-alarms.ts";
import type { Subject } from "../../domain/cidr.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";

/** Returns the open alarms that `isAsked` selects, newest first. */
export function describeCompromises(
  { campaigns }: Pick<Daemon, "campaigns">,
  now: Instant,
  isAsked: (alarm: CompromiseAlarm) => boolean = () => true,
): readonly CompromiseReply[] {
  const { open, dropped } = campaigns.alarms(now);
  return open.filter(isAsked).map((alarm) => describeCompromise(alarm, dropped));
}

/** Returns the number of open alarms, with those that are not kept. */
export function countCompromises({ campaigns }: Pick<Daemon, "campaigns">, now: Instant): number {
  const { open, dropped } = campaigns.alarms(now);
  return open.length + dropped;
}

/** Acknowledges the alarms about logins from the subject, or all. Each is audited. */
export function acknowledgeCompromises(
  { campaigns, book }: Daemon,
  subject: Subject | undefined,
  { who, now }: { readonly who: string; readonly now: Instant },
): readonly CompromiseReply[] {
  const { dropped } = campaigns.alarms(now);
  const acknowledged = campaigns.acknowledge(subject, now);
  for (const { jail, ip, account, because } of acknowledged) {
    const detail = `login of ${account}: ${because}`;
    book.recordAudit({ action: "compromise-acknowledged", who, subject: ip, jail, detail });
  }
  return acknowledged.map((alarm) => describeCompromise(alarm, dropped));
}

function describeCompromise(alarm: CompromiseAlarm, notKept: number): CompromiseReply {
  const { at, jail, ip, account: user, because: reason, campaign = null } = alarm;
  return { at: formatInstant(at), jail, ip, user, reason, campaign, alarms_not_kept: notKept };
}

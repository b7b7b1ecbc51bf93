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
  return campaigns.alarms(now).filter(isAsked).map(describeCompromise);
}

/** Acknowledges the alarms about logins from the subject, or all. Each is audited. */
export function acknowledgeCompromises(
  { campaigns, book }: Daemon,
  subject: Subject | undefined,
  { who, now }: { readonly who: string; readonly now: Instant },
): readonly CompromiseReply[] {
  const acknowledged = campaigns.acknowledge(subject, now);
  for (const { jail, ip, account, because } of acknowledged) {
    const detail = `login of ${account}: ${because}`;
    book.recordAudit({ action: "compromise-acknowledged", who, subject: ip, jail, detail });
  }
  return acknowledged.map(describeCompromise);
}

function describeCompromise(alarm: CompromiseAlarm): CompromiseReply {
  const { at, jail, ip, account: user, because: reason, campaign = null } = alarm;
  return { at: formatInstant(at), jail, ip, user, reason, campaign };
}

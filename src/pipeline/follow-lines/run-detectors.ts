/** Shows each counted failure to the detectors of its jail, and judges the offenses that they find. */
import type { CountedHistory, Suspicion } from "../../detect/judgment/detector.ts";
import type { ObservedAttempt } from "../../detect/judgment/observed-attempt.ts";
import { openFailures } from "../../detect/open-failures.ts";
import type { BanBook } from "../../domain/ban-book.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import type { Jail } from "../../jails/jail.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { JudgeTurn, OffenseJudge } from "../judge-offenses.ts";

export interface DetectorParts {
  readonly book: Pick<BanBook, "windowFailures">;
  readonly emit: Emit;
  readonly judge: OffenseJudge;
}

/** Maximum number of failures of one subject that are examined. */
const MAX_FAILURES = 3000;

/** `atMaxretry`: the attempt reached maxretry, which decides about its own subject. */
export function runDetectors(
  { book, emit, judge }: DetectorParts,
  turn: JudgeTurn,
  jail: Jail,
  attempt: ObservedAttempt,
  atMaxretry: boolean,
): void {
  const historyOf: CountedHistory = (subject) => {
    const window = { subject, jail: jail.name };
    const booked = book.windowFailures({ ...window, limit: MAX_FAILURES });
    return openFailures(window, booked, turn.steps);
  };
  const found = jail.detectors.flatMap((detector) => detector.attempt(attempt, historyOf));
  for (const suspicion of found) {
    if (atMaxretry && suspicion.subject === attempt.subject) continue;
    if (isLeftToMaxretry(turn, suspicion)) continue;
    if (suspicion.mode === "act") judge.judgeSuspected(turn, jail, suspicion, attempt);
    else report(emit, jail, suspicion);
  }
}

/** An address from which someone has logged in is judged by maxretry alone. */
function isLeftToMaxretry({ guarded }: JudgeTurn, { subject }: Suspicion): boolean {
  return guarded?.hasLogins(subject) === true;
}

function report(emit: Emit, { name: jail }: Jail, { subject: ip, because }: Suspicion): void {
  emit({ event: "offense-suspected", jail, ip, reason: because });
}

export function noteLogin(jails: readonly Jail[], ip: Ip, account: string, at: Instant): void {
  for (const { name: jail, detectors } of jails)
    for (const detector of detectors) detector.login({ jail, ip, at, account });
}

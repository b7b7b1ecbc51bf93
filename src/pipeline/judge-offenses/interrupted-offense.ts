/** Finds the offense of a subject that a restart or a reload interrupted. */
import type { CountedFailure } from "../../domain/ban-book.ts";
import { severityOf } from "../../detect/judgment/attempt-weights.ts";
import type { Suspicion } from "../../detect/judgment/detector.ts";
import { amount } from "../../domain/amount.ts";
import type { Subject } from "../../domain/cidr.ts";
import { formatDuration } from "../../domain/duration.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { JudgingBook } from "../../domain/judging-book.ts";
import type { Jail } from "../../jails/jail.ts";
import { isPardoned } from "../pardon.ts";
import type { ReachedWindow } from "../restore-windows.ts";

interface InterruptedOffense {
  readonly jail: Jail;
  readonly subject: Subject;
  readonly offense: {
    readonly at: Instant;
    readonly failures: number;
    readonly rule: string;
    /** Set if only the weight of evidence or of a siege made it an offense. */
    readonly found: Suspicion | undefined;
  };
}

/** Maximum number of failures per subject that are counted to order resumed offenses. */
const MAX_FAILURES = 3000;

/**
 * Returns the interrupted offense according to the book; none if its failures were consumed since the window was
 * restored.
 */
export function interruptedOffense(
  book: JudgingBook,
  { jail, subject }: ReachedWindow,
  now: Instant,
): readonly InterruptedOffense[] {
  const window = { subject, jail: jail.name, limit: MAX_FAILURES };
  const all = book
    .windowFailures(window)
    .filter(({ at }) => !isPardoned(book, { subject, at, arrival: "live" }, now));
  const newest = all.reduce((latest, { at }) => Math.max(latest, at), 0);
  const counted = all.filter(({ at }) => at >= newest - jail.config.findtime);
  const failures = counted.reduce((sum, { weight }) => sum + weight, 0);
  const points = counted.reduce((sum, one) => sum + jail.weights.pointsOf(one), 0);
  const [first] = counted;
  if (first === undefined || points < jail.config.maxretry) return [];
  const found = failures < jail.config.maxretry ? foundBy(jail, subject, counted) : undefined;
  return [{ jail, subject, offense: { at: instant(newest), failures, rule: first.rule, found } }];
}

/** Returns what found an offense of fewer than maxretry failures: their weight. */
function foundBy(
  { weights, config }: Jail,
  subject: Subject,
  counted: readonly CountedFailure[],
): Suspicion {
  const failures = counted.reduce((sum, { weight }) => sum + weight, 0);
  const { by, because: why } = weights.explain(counted);
  const because = `${by}: ${amount(failures, "failure")} in ${formatDuration(config.findtime)} ${why}`;
  return { subject, mode: "act", failures, because, severity: severityOf(by) };
}

/**
 * Runs self-tests: a harmless failed login is followed to the dropped packet and the lifted ban. One test runs at a
 * time, each limited to LIMIT.
 */
import type { BanBook } from "../../domain/ban-book.ts";
import type { AlarmClock } from "../../domain/clock.ts";
import { type Duration, duration } from "../../domain/duration.ts";
import { CodedError } from "../../domain/errors.ts";
import { type Instant } from "../../domain/instant.ts";
import type { SourceStatus } from "../../domain/line-source.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { Allow } from "../../pipeline/allow/allow.ts";
import type { CanaryWatch } from "../../pipeline/canary-watch.ts";
import type { BanKey } from "../../firewall/ban-key.ts";
import type { Firewall } from "../../firewall/firewall.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import { createStepLog, type StepReport } from "./self-test-steps.ts";
import { type Attempted, type AttemptOptions, attemptLogin } from "./attempt-login.ts";
import { tryBan } from "./try-ban.ts";
import { tryLines } from "./try-lines.ts";

export interface SelfTest {
  readonly at: Instant;
  readonly took: Duration;
  /** partly: no step failed, but some step cannot be tested here. */
  readonly outcome: "proven" | "partly" | "failed";
  readonly steps: readonly StepReport[];
}

export type AttemptLogin = (options: AttemptOptions) => Promise<Attempted>;

export interface VerifyParts {
  readonly book: BanBook;
  readonly allow: Allow;
  readonly firewall: Firewall;
  readonly canaries: CanaryWatch;
  readonly attemptLogin: AttemptLogin;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  readonly onBansChanged: (keys: readonly BanKey[]) => Promise<void>;
  readonly statusOf: (live: LiveJail) => SourceStatus | undefined;
}

export interface Verifier {
  /**
   * Runs one test; `who` is "daemon" for scheduled ones. Throws a CodedError if too many tests wait, or after `close`.
   */
  verify(live: LiveJail, who: string): Promise<SelfTest>;
  /** Ends the running test, after lifting its ban. */
  close(): Promise<void>;
}

const LIMIT: Duration = duration(30_000);
const MAX_WAITING = 8;

export function createVerifier(parts: VerifyParts): Verifier {
  const closing = new AbortController();
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    async verify(live, who) {
      if (waiting >= MAX_WAITING) {
        const message = `${waiting} self-tests are waiting already`;
        throw new CodedError("busy", message, { hint: "try again in a minute" });
      }
      waiting++;
      const selfTest = turn
        .then(() => verifyOnce({ ...parts, signal: closing.signal }, live, who))
        .finally(() => waiting--);
      turn = selfTest.catch(() => undefined);
      return selfTest;
    },
    async close() {
      closing.abort();
      await turn;
    },
  };
}

/** Makes a failed login at the service on this host, or writes the line of one. */
export function attemptOnHost(options: AttemptOptions): Promise<Attempted> {
  return attemptLogin(options);
}

async function verifyOnce(
  parts: VerifyParts & { readonly signal: AbortSignal },
  live: LiveJail,
  who: string,
): Promise<SelfTest> {
  const { book, allow, firewall, canaries, attemptLogin: attempt } = parts;
  const { clock, emit, onBansChanged, signal } = parts;
  const { jail } = live;
  const at = clock.now();
  const began = clock.monotonic();
  const log = createStepLog(clock, LIMIT, signal);
  const where = parts.statusOf(live)?.where ?? "no source";
  const port = await tryLines({ log, live, canaries, attempt, clock, where });
  if (!log.failed)
    await tryBan({
      ...{ log, jail, port, book, allow, clock, onBansChanged },
      firewall,
    });
  if (signal.aborted)
    throw new CodedError("connection-lost", "the daemon stopped before the test finished");
  const steps = log.reports();
  const took = duration(clock.monotonic() - began);
  const failed = steps.find(({ outcome }) => outcome === "failed");
  if (failed === undefined) {
    const untested = steps
      .filter(({ outcome }) => outcome === "impossible")
      .map(({ step }) => step);
    emit({ event: "canary-passed", jail: jail.name, took, untested, who });
    return { at, took, outcome: untested.length === 0 ? "proven" : "partly", steps };
  }
  const { step, evidence: reason, fix = "" } = failed;
  emit({ event: "canary-failed", jail: jail.name, step, reason, fix, who });
  return { at, took, outcome: "failed", steps };
}

/**
 * Knows the state of every jail: asks the checks, judges, remembers since when a state holds, and tells of each change
 * in the log and the audit. Looks on its own schedule; what is asked meanwhile is answered from what was seen.
 */
import { stackOf } from "../domain/thrown-error.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Clock } from "../domain/clock.ts";
import { formatInstant, type Instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import { LINKS, type Proof } from "../domain/proof.ts";
import { banMeansOf } from "../jails/ban-means.ts";
import { type JailJudgment, judgeJail } from "./judge/jail-state.ts";
import type { Emit } from "../telemetry/events.ts";
import type { JailCheck, LookDepth, WatchedJail } from "./jail-check.ts";

export interface Judged extends JailJudgment {
  readonly since: Instant;
}

export interface Proofs {
  /** Lets every check look; one that fails costs only its own proofs. */
  look(): Promise<void>;
  /** The same, begun now, and without relying on what was seen before. */
  lookAnew(): Promise<void>;
  /** Judges again what is known, and tells what changed. */
  refresh(): void;
  judge(jail: WatchedJail): Judged;
  /** In flow order. */
  of(jail: WatchedJail): readonly Proof[];
  /** Resolves when no check looks any more; a look that was asked for later does nothing. */
  close(): Promise<void>;
}

export interface ProofsOptions {
  readonly checks: readonly JailCheck[];
  /** Jails to be judged; what is absent by nature is not among them. */
  readonly jails: () => readonly WatchedJail[];
  /** What to do, in the words of the files that a jail is written in. */
  readonly sayFix: (jail: JailName, fix: string) => string;
  readonly book: BanBook;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Called after the state of any jail changed. */
  readonly changed: () => void;
}

export function createProofs(options: ProofsOptions): Proofs {
  const { checks, jails, sayFix, book, clock, emit, changed } = options;
  const held = new Map<string, Judged>();
  let looking: Promise<void> | undefined;
  let closed = false;

  let anew: Promise<void> | undefined;

  function look(): Promise<void> {
    looking ??= lookOnce("usual").finally(() => {
      looking = undefined;
    });
    return looking;
  }

  /** Who asks while one waits for its turn shares it: it has not begun to look. */
  function lookAnew(): Promise<void> {
    anew ??= Promise.resolve(looking).then(() => {
      anew = undefined;
      looking = lookOnce("anew").finally(() => {
        looking = undefined;
      });
      return looking;
    });
    return anew;
  }

  async function lookOnce(depth: LookDepth): Promise<void> {
    const watched = jails();
    for (const check of checks) {
      if (closed) return;
      try {
        await check.look?.(watched, clock.now(), depth);
      } catch (error) {
        const reason = stackOf(error);
        emit({ event: "bug", part: `check ${check.name}`, reason });
      }
    }
    refresh();
  }

  function of(jail: WatchedJail): readonly Proof[] {
    const now = clock.now();
    const { name } = jail.live.jail;
    const proofs = checks
      .flatMap((check) => check.proofs(jail, now))
      .map((one) => (one.kind === "found" ? { ...one, fix: sayFix(name, one.fix) } : one));
    return LINKS.flatMap((link) => proofs.filter((proof) => proof.link === link));
  }

  function judge(jail: WatchedJail): Judged {
    const now = clock.now();
    const { config, name } = jail.live.jail;
    const judgment = judgeJail(of(jail), { means: banMeansOf(config), now });
    const before = held.get(name);
    const same = before?.state === judgment.state && before.cause === judgment.cause;
    return { ...judgment, since: same ? before.since : now };
  }

  function refresh(): void {
    if (closed) return;
    const watched = jails();
    const names = new Set<string>(watched.map(({ live }) => live.jail.name));
    for (const name of held.keys()) if (!names.has(name)) held.delete(name);
    let different = false;
    for (const jail of watched) {
      const { name } = jail.live.jail;
      const before = held.get(name);
      const judged = judge(jail);
      held.set(name, judged);
      if (before?.since === judged.since) continue;
      different = true;
      tell(name, before, judged);
    }
    if (different) changed();
  }

  function tell(jail: JailName, before: Judged | undefined, judged: Judged): void {
    const { state, reason, cause, fix } = judged;
    const told = { jail, before: before?.state, reason };
    if (cause === undefined || fix === undefined)
      emit({ event: "jail-protects", jail, state, before: before?.state });
    else if (state === "degraded") emit({ event: "jail-degraded", ...told, cause, fix });
    else emit({ event: "jail-failed", ...told, state, cause, fix });
    const from =
      before === undefined ? "" : `${before.state} since ${formatInstant(before.since)}, now `;
    const detail = `${from}${state}: ${reason}`;
    book.commit({
      steps: [{ kind: "audit", action: "state", who: "daemon", jail, detail }],
      cursors: [],
    });
  }

  return {
    look,
    lookAnew,
    refresh,
    judge,
    of,
    async close() {
      closed = true;
      for (const check of checks) check.close?.();
      await anew;
      await looking;
    },
  };
}

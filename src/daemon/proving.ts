/**
 * Everything that looks whether protection holds, joined: the watches, which the main path feeds and never waits for, the
 * checks, which read the watches and the host, and trials by hand.
 */
import type { BanBook } from "../domain/ban-book.ts";
import type { AlarmClock } from "../domain/clock.ts";
import type { Instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { SourceStatus } from "../domain/line-source.ts";
import type { Proof } from "../domain/proof.ts";
import type { LocalOffset } from "../parse/header/timestamp.ts";
import type { Emit } from "../telemetry/events.ts";
import type { Actions } from "../actions/run-actions.ts";
import type { Allow } from "../pipeline/allow/allow.ts";
import { type CanaryWatch, createCanaryWatch } from "../pipeline/canary-watch.ts";
import { createDriftWatch, type DriftWatch } from "../health/drift-watch.ts";
import { createFailureSightings, type FailureSightings } from "../pipeline/failure-sightings.ts";
import { createCanaryCheck } from "../health/checks/check-canary.ts";
import { createFlowCheck } from "../health/checks/check-flow.ts";
import { createPathCheck } from "../health/checks/check-path.ts";
import { createPlaceCheck, whereOf } from "../health/checks/check-place.ts";
import { createSourceCheck } from "../health/checks/check-source.ts";
import { createWireCheck, type WireCheck } from "../health/checks/check-wire.ts";
import type { LineOrigin, PathLookOptions } from "../health/checks/look-at-path.ts";
import { createChecks } from "../health/checks/checks.ts";
import type { BlockKey } from "../firewall/enforcement.ts";
import type { Firewall } from "../firewall/firewall.ts";
import type { Guards } from "../pipeline/guards/guards.ts";
import type { JailCheck, WatchedJail } from "../health/jail-check.ts";
import type { LastLines } from "../health/last-lines.ts";
import type { LiveJail } from "../pipeline/live-jail.ts";
import type { Jail } from "../jails/jail.ts";
import { createStateStore, type StateStore } from "../record/state-store.ts";
import type { ProofTriggers } from "./proof-triggers.ts";
import type { OpenPrograms } from "../health/program-drift.ts";
import { createProofs, type Proofs } from "../health/proofs.ts";
import { jailNamed, type RunningConfig } from "../pipeline/running-config.ts";
import { sayFix } from "./say-fix.ts";
import type { AttemptLogin, Trial, Verifier } from "../health/canary/verify.ts";

/** Created before the main path and the prover, so that neither has to look for the other. */
export interface ProofWatches {
  readonly path: JailCheck;
  readonly canaries: CanaryWatch;
  readonly sightings: FailureSightings<LineOrigin>;
  readonly drift: DriftWatch;
  readonly wire: WireCheck;
}

export interface ProofWatchesOptions {
  readonly book: BanBook;
  readonly clock: AlarmClock;
  readonly chance: () => number;
  readonly emit: Emit;
  readonly allow: Allow;
  readonly firewall: Firewall;
  readonly openPrograms: OpenPrograms;
  readonly openPathCheck: (options: PathCheckOptions) => JailCheck;
  readonly running: RunningConfig;
  readonly triggers: ProofTriggers;
}

export function createProofWatches(options: ProofWatchesOptions): ProofWatches {
  const { book, clock, chance, emit, allow, firewall, running, triggers } = options;
  const stateStore = createStateStore(book);
  const changed = (): void => triggers.judgeAgain();
  const sightings = createFailureSightings<LineOrigin>(() => triggers.lookSoon());
  const path = options.openPathCheck({ book, allow, sightings });
  /** What explains that a ban does not bite. */
  const pathOf = (name: JailName, now: Instant): readonly Proof[] => {
    const live = jailNamed(running, name);
    if (live === undefined) return [];
    return path
      .proofs({ live, source: undefined }, now)
      .map((one) => (one.kind === "found" ? { ...one, fix: sayFix(running, name, one.fix) } : one));
  };
  return {
    canaries: createCanaryWatch(clock, stateStore),
    ...{ path, sightings },
    drift: createDriftWatch({
      ...{ stateStore, clock, emit, chance, running, found: changed },
      openPrograms: options.openPrograms,
    }),
    wire: createWireCheck({
      ...{ book, firewall, clock, emit, pathOf, onChange: changed },
      scopeOf: (name) => jailNamed(running, name)?.jail.policy.scope,
    }),
  };
}

export interface ProvingOptions {
  readonly book: BanBook;
  /** Why the book is in memory only. */
  readonly recordMissing: string | undefined;
  readonly allow: Allow;
  readonly firewall: Firewall;
  readonly guards: Guards;
  readonly actions: Pick<Actions, "failing">;
  readonly watches: ProofWatches;
  /** Of the way from the service to our reader. */
  readonly lineChecks: readonly JailCheck[];
  readonly lastLines: LastLines;
  readonly clock: AlarmClock;
  readonly chance: () => number;
  readonly emit: Emit;
  readonly running: RunningConfig;
  readonly triggers: ProofTriggers;
  readonly watched: () => readonly WatchedJail[];
  readonly statusOf: (live: LiveJail) => SourceStatus | undefined;
  readonly attemptLogin: AttemptLogin;
  readonly bansChanged: (keys: readonly BlockKey[]) => Promise<void>;
}

export interface Proving {
  readonly proofs: Proofs;
  /** When the jail's source had its last line, over restarts. */
  lastLineOf(jail: WatchedJail): Instant | undefined;
  /**
   * Every check looks for the first time; before that there is nothing to judge. `onStates` is called after the state of
   * any jail changed.
   */
  begin(onStates: () => void): Promise<void>;
  /** Tries a jail end to end. Throws a CodedError when too many wait for their turn. */
  verify(live: LiveJail, who: string): Promise<Trial>;
  /** Ends what needs the main path. */
  end(): Promise<void>;
  /** After the last line. */
  close(): Promise<void>;
}

export function createProving(options: ProvingOptions): Proving {
  const { book, allow, firewall, guards, watches, clock, emit, running, statusOf } = options;
  const { canaries, drift, path, wire } = watches;
  let onStates = (): void => undefined;
  let looking: Promise<void> = Promise.resolve();
  let verifier: Promise<Verifier> | undefined;

  const isDoubtful = (jail: WatchedJail): boolean =>
    proofs.of(jail).some((proof) => proof.kind === "unproven" && proof.isDoubtful === true);
  const canary = createCanaryCheck({
    ...{ verify, isDoubtful, stateStore: createStateStore(book), emit, chance: options.chance },
  });
  const { recordMissing, lineChecks: lines } = options;
  const proofs = createProofs({
    checks: createChecks({
      ...{ book, recordMissing, firewall, lines, path, wire, canary, guards, drift },
      ...{ actions: options.actions, running },
    }),
    ...{ book, clock, emit, jails: options.watched },
    changed: () => onStates(),
    sayFix: (jail, fix) => sayFix(running, jail, fix),
  });

  async function verify(jail: LiveJail, who: string): Promise<Trial> {
    // Loaded by the first trial: it is rare.
    verifier ??= import("../health/canary/verify.ts").then(({ createVerifier }) =>
      createVerifier({
        ...{ book, allow, firewall, canaries, clock, emit, bansChanged: options.bansChanged },
        ...{ statusOf, attemptLogin: options.attemptLogin },
      }),
    );
    const trial = await (await verifier).verify(jail, who);
    canary.note(jail, trial);
    proofs.refresh();
    return trial;
  }

  return {
    lastLineOf: (jail) => options.lastLines.of(jail.live.jail.name, whereOf(jail)).line,
    ...{ proofs, verify },
    async begin(changed) {
      onStates = changed;
      await proofs.look();
      options.triggers.connect({
        judgeAgain: () => proofs.refresh(),
        lookSoon: () => {
          looking = proofs.look();
        },
      });
    },
    async end() {
      const looked = proofs.close();
      guards.close();
      // A look may wait for a trial.
      await (await verifier)?.close();
      await looked;
    },
    async close() {
      drift.close();
      await looking;
    },
  };
}

export type PathCheckOptions = Omit<PathLookOptions, "table">;

/** Reads how packets reach the service; `table` is our own. */
export function openPathCheck(options: PathCheckOptions, table: string): JailCheck {
  return createPathCheck({ ...options, table });
}

export interface LineCheckOptions {
  readonly clock: AlarmClock;
  readonly stateStore: StateStore;
  readonly lastLines: LastLines;
  /** What the jail's reader says at this moment. */
  readonly statusOf: (live: LiveJail) => SourceStatus | undefined;
  /** Looks anew for the source of a jail, among places with lines newer than this. */
  readonly relocate: (jail: Jail, newerThan: Instant, reason: string) => Promise<void>;
  /** Called when something was found that nobody waits for. */
  readonly changed: () => void;
}

/** Read this host, in the order in which findings are reported. */
export function openLineChecks(
  { clock, stateStore, lastLines, statusOf, relocate, changed }: LineCheckOptions,
  localOffset: LocalOffset,
): readonly JailCheck[] {
  return [
    // First: why a file is missing comes before that it is.
    createPlaceCheck({ clock, localOffset, lastLines, relocate }),
    createSourceCheck({ clock, statusOf, changed }),
    createFlowCheck({ stateStore, clock, localOffset, statusOf }),
  ];
}

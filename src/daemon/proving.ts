/**
 * Connects everything that verifies protection: watches, checks and self-tests. Watches receive facts from the main
 * path without delaying it; checks read the watches and the host.
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
import { CanaryWatch } from "../pipeline/canary-watch.ts";
import { DriftWatch } from "../health/drift-watch.ts";
import { createFailureSightings, type FailureSightings } from "../pipeline/failure-sightings.ts";
import type { LoginRecords } from "../pipeline/login-records.ts";
import { CanaryCheck } from "../health/checks/check-canary.ts";
import { FlowCheck } from "../health/checks/check-flow.ts";
import { createPathCheck } from "../health/checks/check-path.ts";
import { PlaceCheck, whereOf } from "../health/checks/check-place.ts";
import { SourceCheck } from "../health/checks/check-source.ts";
import { WireCheck } from "../health/checks/check-wire.ts";
import type { BlockReach, LineOrigin, PathLookOptions } from "../health/checks/look-at-path.ts";
import { createChecks } from "../health/checks/checks.ts";
import type { BanKey } from "../firewall/ban-key.ts";
import type { Firewall } from "../firewall/firewall.ts";
import type { ManagedEnforcer } from "../firewall/managed-enforcer.ts";
import type { Guards } from "../pipeline/guards/guards.ts";
import type { JailCheck, WatchedJail } from "../health/jail-check.ts";
import type { LastLines } from "../health/last-lines.ts";
import type { LiveJail } from "../pipeline/live-jail.ts";
import type { Jail } from "../jails/jail.ts";
import { createStateStore, type StateStore } from "../record/state-store.ts";
import type { ProofTriggers } from "./proof-triggers.ts";
import type { OpenPrograms } from "../health/program-drift.ts";
import { Proofs } from "../health/proofs.ts";
import { jailNamed, type RunningConfig } from "../pipeline/running-config.ts";
import { watchEndedConnections } from "../host/kernel/ended-connections.ts";
import { fixInFail2banTerms } from "../fail2ban/config/fix-in-fail2ban-terms.ts";
import type { AttemptLogin, SelfTest, Verifier } from "../health/canary/verify.ts";

/** Watches, created before the main path and the prover, which use them. */
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
  const path = options.openPathCheck({
    ...{ book, allow, sightings },
    refusing: (jail) => refusalOf(options.firewall.enforcersFor(jail)),
    reach: (jail) => reachOf(options.firewall.enforcersFor(jail)),
  });
  /** Returns proofs that can explain why a ban has no effect. */
  const pathOf = (name: JailName, now: Instant): readonly Proof[] => {
    const live = jailNamed(running, name);
    if (live === undefined) return [];
    return path
      .proofs({ live, source: undefined }, now)
      .map((one) =>
        one.kind === "found" ? { ...one, fix: phraseFix(running, name, one.fix) } : one,
      );
  };
  return {
    canaries: new CanaryWatch(clock, stateStore),
    ...{ path, sightings },
    drift: new DriftWatch({
      ...{ stateStore, clock, emit, chance, running, onFound: changed },
      openPrograms: options.openPrograms,
    }),
    wire: new WireCheck({
      ...{ book, firewall, clock, emit, pathOf, onChange: changed },
      scopeOf: (name) => jailNamed(running, name)?.jail.policy.scope,
    }),
  };
}

export interface ProvingOptions {
  readonly book: BanBook;
  /** Why the book is only in memory; undefined: it is on disk. */
  readonly recordMissing: string | undefined;
  readonly allow: Allow;
  readonly firewall: Firewall;
  readonly guards: Guards;
  readonly actions: Pick<Actions, "failing" | "describe">;
  readonly watches: ProofWatches;
  /** Checks of the path from the service to our reader. */
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
  readonly onBansChanged: (keys: readonly BanKey[]) => Promise<void>;
}

export class Proving {
  readonly proofs: Proofs;
  readonly #options: ProvingOptions;
  readonly #canary: CanaryCheck;
  #onStatesChanged = (): void => undefined;
  #lastLook: Promise<void> = Promise.resolve();
  #verifier: Promise<Verifier> | undefined;

  constructor(options: ProvingOptions) {
    this.#options = options;
    const { book, firewall, guards, actions, watches, clock, emit, chance, running } = options;
    const { drift, path, wire } = watches;
    const canary = new CanaryCheck({
      ...{ stateStore: createStateStore(book), emit, chance },
      verify: (jail, who) => this.verify(jail, who),
      isDoubtful: (jail) => this.#isDoubtful(jail),
    });
    this.#canary = canary;
    const { recordMissing, lineChecks: lines, watched: jails } = options;
    this.proofs = new Proofs({
      checks: createChecks({
        ...{ book, recordMissing, firewall, lines, path, wire, canary, guards, drift },
        ...{ actions, running },
      }),
      ...{ book, clock, emit, jails },
      onChange: () => this.#onStatesChanged(),
      isRestoring: (jail) => firewall.enforcersFor(jail).some((one) => one.isRestoring),
      sayFix: (jail, fix) => phraseFix(running, jail, fix),
    });
  }

  /** Returns the time of the source's newest line, including lines before a restart. */
  lastLineOf(jail: WatchedJail): Instant | undefined {
    return this.#options.lastLines.of(jail.live.jail.name, whereOf(jail)).line;
  }

  /**
   * Runs every check for the first time, then periodically. `onStatesChanged` is called after the state of some jail
   * changed.
   */
  async begin(onStatesChanged: () => void): Promise<void> {
    this.#onStatesChanged = onStatesChanged;
    await this.proofs.look();
    this.#options.triggers.connect({
      judgeAgain: () => this.proofs.refresh(),
      lookSoon: () => {
        this.#lastLook = this.proofs.look();
      },
      lookFully: () => {
        this.#lastLook = this.proofs.lookFully();
      },
      shift: (step) => this.proofs.shift(step),
    });
  }

  /** Tests a jail end to end. Throws a CodedError if too many tests wait. */
  async verify(jail: LiveJail, who: string): Promise<SelfTest> {
    this.#verifier ??= this.#openVerifier();
    const selfTest = await (await this.#verifier).verify(jail, who);
    this.#canary.note(jail, selfTest);
    this.proofs.refresh();
    return selfTest;
  }

  /** Stops the checks and self-tests, which need the main path. */
  async end(): Promise<void> {
    const looked = this.proofs.close();
    this.#options.guards.close();
    // A check may be waiting for a self-test.
    await (await this.#verifier)?.close();
    await looked;
  }

  /** Saves the last state; must be called after the last line. */
  async close(): Promise<void> {
    this.#options.watches.drift.close();
    await this.#lastLook;
  }

  /** Loads the verifier for the first self-test, since most starts run none. */
  async #openVerifier(): Promise<Verifier> {
    const { createVerifier } = await import("../health/canary/verify.ts");
    const { book, allow, firewall, watches, clock, emit } = this.#options;
    const { statusOf, attemptLogin, onBansChanged } = this.#options;
    return createVerifier({
      ...{ book, allow, firewall, canaries: watches.canaries, clock, emit },
      ...{ statusOf, attemptLogin, onBansChanged },
    });
  }

  #isDoubtful(jail: WatchedJail): boolean {
    return this.proofs
      .of(jail)
      .some((proof) => proof.kind === "unproven" && proof.isDoubtful === true);
  }
}

/** Rewords a fix with the option names of the files in which the jail is configured. */
function phraseFix({ fail2ban }: RunningConfig, jail: JailName, fix: string): string {
  const isFromFail2ban = fail2ban?.jails.some(({ name }) => name === jail) === true;
  return isFromFail2ban ? fixInFail2banTerms(fix) : fix;
}

function refusalOf(enforcers: readonly ManagedEnforcer[]): "all" | "some" | "none" {
  const refusing = enforcers.filter(({ abilities }) => abilities?.refusesClients === true);
  if (refusing.length === 0) return "none";
  return refusing.length === enforcers.length ? "all" : "some";
}

/** One enforcer without a reservation stops all packets of its bans. */
function reachOf(enforcers: readonly ManagedEnforcer[]): BlockReach {
  const filters = enforcers.filter(({ abilities }) => abilities?.refusesClients !== true);
  const all = filters.map(({ abilities }) => abilities?.reservation);
  const found = new Set(all.filter((one) => one !== undefined));
  return {
    isInTable: enforcers.some(({ kind }) => kind === "nftables"),
    reservations: all.includes(undefined) ? [] : [...found],
  };
}

export type PathCheckOptions = Omit<PathLookOptions, "table">;

/** Creates the check of how packets reach the service; `table`: bailiff's nftables table. */
export function openPathCheck(options: PathCheckOptions, table: string): JailCheck {
  return createPathCheck({ ...options, table });
}

export interface LineCheckOptions {
  readonly clock: AlarmClock;
  readonly stateStore: StateStore;
  readonly lastLines: LastLines;
  readonly logins: LoginRecords;
  /** Returns the present status of the jail's reader. */
  readonly statusOf: (live: LiveJail) => SourceStatus | undefined;
  /** Searches again for the source of a jail, among logs with lines newer than this. */
  readonly relocate: (jail: Jail, newerThan: Instant, reason: string) => Promise<void>;
  /** Called when a check has a new result between two rounds. */
  readonly changed: () => void;
  /** Called when a service stops listening on ports of a jail. */
  readonly onListenerClosed: () => void;
}

/** Creates the checks that read this host, in the order in which findings are reported. */
export function openLineChecks(
  { lastLines, relocate, changed, ...options }: LineCheckOptions,
  localOffset: LocalOffset,
): readonly JailCheck[] {
  const { clock, stateStore, statusOf, logins, onListenerClosed } = options;
  return [
    // First, because its finding explains why a file is missing.
    new PlaceCheck({ clock, localOffset, lastLines, relocate }),
    new SourceCheck({ clock, statusOf, onChange: changed }),
    new FlowCheck({
      ...{ stateStore, clock, localOffset, statusOf, logins, onListenerClosed },
      watchEnded: watchEndedConnections,
    }),
  ];
}

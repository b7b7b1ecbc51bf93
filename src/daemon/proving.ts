/**
 * Everything that looks whether protection holds, joined: the checks, the watches the main path feeds, the guards against
 * wrong bans, and trials by hand. The main path tells them what it sees and never waits for them.
 */
import type { BanBook } from "../domain/ban-book.ts";
import type { Clock } from "../domain/clock.ts";
import type { Instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { Proof } from "../domain/proof.ts";
import { USUAL_TABLE } from "../enforce/nftables.ts";
import { ownSshPeer } from "../platform/ssh-peer.ts";
import { localOffset } from "../platform/time-zone.ts";
import { createLiveSessions } from "../probe/live-sessions.ts";
import type { Emit } from "../telemetry/events.ts";
import type { Allow } from "./allow.ts";
import { type CanaryWatch, createCanaryWatch } from "./canary-watch.ts";
import { createCanaryCheck } from "./proving/check-canary.ts";
import { whereOf } from "./proving/check-place.ts";
import { createWireCheck, type WireCheck } from "./proving/check-wire.ts";
import { createChecks } from "./proving/checks.ts";
import { createDriftWatch, type DriftWatch } from "./drift-watch.ts";
import type { BlockKey } from "./enforcement.ts";
import { createFailureSightings, type FailureSightings } from "./failure-sightings.ts";
import type { Firewall } from "./firewall.ts";
import { createGuards, type Guards } from "./guards.ts";
import type { WatchedJail } from "./jail-check.ts";
import { createLastLines } from "./last-lines.ts";
import type { LiveConfig } from "./live-config.ts";
import type { LiveJail } from "./live-jail.ts";
import type { LineOrigin } from "./proving/look-at-path.ts";
import { createMemo } from "./memo.ts";
import { fixInFail2banTerms } from "../fail2ban/fix-in-fail2ban-terms.ts";
import { createProofs, type Proofs } from "./proofs.ts";
import type { Trial, Verifier } from "./verify.ts";

export interface ProvingOptions {
  readonly book: BanBook;
  /** Why the book is in memory only. */
  readonly recordMissing: string | undefined;
  readonly allow: Allow;
  readonly firewall: Firewall;
  /** Name of the nftables table, when not the usual one. */
  readonly table: string | undefined;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly live: () => Pick<LiveConfig, "foreign" | "jails" | "watched" | "statusOf" | "relocate">;
  readonly bansChanged: (keys: readonly BlockKey[]) => Promise<void>;
  /** Called after the state of any jail changed. */
  readonly statesChanged: () => void;
}

export interface Proving {
  readonly proofs: Proofs;
  readonly guards: Guards;
  readonly drift: DriftWatch;
  readonly wire: WireCheck;
  readonly canaries: CanaryWatch;
  readonly sightings: FailureSightings<LineOrigin>;
  /** When the jail's source had its last line, over restarts. */
  lastLineOf(jail: WatchedJail): Instant | undefined;
  /** Every check looks for the first time; before that there is nothing to judge. */
  begin(): Promise<void>;
  /** Something that is judged changed. */
  changed(): void;
  /** Looks now, without anybody waiting for it. */
  lookSoon(): void;
  /** Tries a jail end to end. Throws a CodedError when too many wait for their turn. */
  verify(live: LiveJail, who: string): Promise<Trial>;
  /** Ends what needs the main path. */
  end(): Promise<void>;
  /** After the last line. */
  close(): Promise<void>;
}

export function createProving(options: ProvingOptions): Proving {
  const { book, allow, firewall, clock, emit, live } = options;
  const memo = createMemo(book);
  const canaries = createCanaryWatch(clock, memo);
  const lastLines = createLastLines(memo);
  let begun = false;
  let looking: Promise<void> = Promise.resolve();
  let verifier: Promise<Verifier> | undefined;

  const changed = (): void => {
    if (begun) proofs.refresh();
  };
  const lookSoon = (): void => {
    looking = proofs.look();
  };
  const sightings = createFailureSightings<LineOrigin>(lookSoon);
  const isDoubtful = (jail: WatchedJail): boolean =>
    proofs.of(jail).some((proof) => proof.kind === "unproven" && proof.isDoubtful === true);
  const canary = createCanaryCheck({ verify, isDoubtful, memo, emit, chance: Math.random });
  const wire = createWireCheck({
    ...{ book, firewall, clock, emit, pathOf },
    scopeOf: (name) => live().jails.find(({ jail }) => jail.name === name)?.jail.policy.scope,
    changed: () => proofs.refresh(),
  });
  const guards = createGuards({
    ...{ book, allow, clock, emit, ownPeer: ownSshPeer, changed },
    sessions: createLiveSessions({ monotonic: () => clock.monotonic() }),
  });
  const drift = createDriftWatch({
    ...{ memo, clock, emit, chance: Math.random },
    jails: () => live().jails,
    found: changed,
  });
  const proofs = createProofs({
    checks: createChecks({
      ...{ book, recordMissing: options.recordMissing, firewall, wire, canary, guards, drift },
      place: {
        ...{ clock, localOffset, lastLines },
        relocate: (jail, newerThan, reason) => live().relocate(jail, newerThan, reason),
      },
      source: { clock, statusOf: (jail) => live().statusOf(jail), changed },
      flow: { memo, clock, localOffset, statusOf: (jail) => live().statusOf(jail) },
      path: { sightings, allow, table: options.table ?? USUAL_TABLE },
    }),
    ...{ book, clock, emit, changed: options.statesChanged },
    jails: () => live().watched(),
    sayFix: (jail, fix) =>
      live().foreign?.jails.some(({ name }) => name === jail) === true
        ? fixInFail2banTerms(fix)
        : fix,
  });

  /** What explains that a ban does not bite. */
  function pathOf(name: JailName): readonly Proof[] {
    const jail = live()
      .watched()
      .find((one) => one.live.jail.name === name);
    return jail === undefined ? [] : proofs.of(jail).filter(({ link }) => link === "path");
  }

  async function verify(jail: LiveJail, who: string): Promise<Trial> {
    // Loaded by the first trial: it is rare.
    verifier ??= import("./verify.ts").then(({ createVerifier }) =>
      createVerifier({
        ...{ book, allow, firewall, canaries, clock, emit, bansChanged: options.bansChanged },
        statusOf: (one) => live().statusOf(one),
      }),
    );
    const trial = await (await verifier).verify(jail, who);
    canary.note(jail, trial);
    proofs.refresh();
    return trial;
  }

  return {
    lastLineOf: (jail) => lastLines.of(jail.live.jail.name, whereOf(jail)).line,
    ...{ proofs, guards, drift, wire, canaries, sightings, changed, lookSoon, verify },
    async begin() {
      await proofs.look();
      begun = true;
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

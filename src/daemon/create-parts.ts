/**
 * Creates the parts of the daemon, each after those that it needs; starts none of them. Order: shared parts, firewall
 * and guards, watches, main path, prover.
 */
import type { BanBook } from "../domain/ban-book.ts";
import type { Emit } from "../telemetry/events.ts";
import { Histogram } from "../telemetry/histogram.ts";
import { Allow } from "../pipeline/allow/allow.ts";
import { AllowUpkeep } from "../pipeline/allow/allow-upkeep.ts";
import { CommandAsker } from "../actions/ask-command.ts";
import { createCheckedClock } from "./checked-clock.ts";
import type { DaemonPorts } from "./daemon-ports.ts";
import type { BanKey } from "../firewall/ban-key.ts";
import { Firewall } from "../firewall/firewall.ts";
import { LineFollower } from "../pipeline/follow-lines.ts";
import { createGuards, type Guards } from "../pipeline/guards/guards.ts";
import { CampaignWatch } from "../pipeline/campaign-watch.ts";
import { Housekeeping } from "./housekeeping.ts";
import { createForwardingPeers, type ForwardingPeers } from "../pipeline/forwarding-peers.ts";
import { createIgnoredOffenses, type IgnoredOffenses } from "../pipeline/ignored-offenses.ts";
import { OffenseJudge, type JudgeOptions } from "../pipeline/judge-offenses.ts";
import { shiftTimes } from "../jails/jail.ts";
import { saveReadMarks } from "../pipeline/read-marks.ts";
import { createLastLines } from "../health/last-lines.ts";
import { LiveConfig, type LiveConfigOptions } from "./live-config.ts";
import { Lists } from "../lists/lists.ts";
import { LoginRecords } from "../pipeline/login-records.ts";
import type { Loaded } from "../jails/load-all.ts";
import { createStateStore, type StateStore } from "../record/state-store.ts";
import type { Notices } from "../notify/notices.ts";
import type { OpenedBook } from "./open-daemon-book.ts";
import { createProofTriggers, type ProofTriggers } from "./proof-triggers.ts";
import { createProofWatches, Proving, type ProofWatches } from "./proving.ts";
import { ServiceChanges } from "./service-changes.ts";
import { StatsRounds } from "./stats-rounds.ts";
import type { Actions } from "../actions/run-actions.ts";
import { liftForwarders } from "../pipeline/lift-forwarders.ts";
import { createRunningConfig, type WritableConfig } from "../pipeline/running-config.ts";
import { RunningSources } from "../pipeline/sources/running-sources.ts";
import type { NamespaceLock } from "../host/kernel/namespace-lock.ts";

/** Parts that are opened before the others are created. */
export interface Opened extends OpenedBook {
  readonly network: NamespaceLock | undefined;
  /** Receives every event without delaying it. */
  readonly notices: Notices;
  readonly actions: Actions;
}

export interface PartsOptions {
  readonly ports: DaemonPorts;
  readonly load: LiveConfigOptions["load"];
  readonly initial: Loaded;
  readonly opened: Opened;
  readonly emit: Emit;
}

export interface Parts extends Shared, Protection {
  readonly upkeep: AllowUpkeep;
  readonly sources: RunningSources;
  readonly live: LiveConfig;
  readonly proving: Proving;
  readonly statsRounds: StatsRounds;
  readonly serviceChanges: ServiceChanges;
}

interface Shared {
  readonly book: BanBook;
  readonly emit: Emit;
  readonly running: WritableConfig;
  readonly triggers: ProofTriggers;
  readonly allow: Allow;
  readonly ignored: IgnoredOffenses;
  readonly forwarders: ForwardingPeers;
  readonly logins: LoginRecords;
  readonly campaigns: CampaignWatch;
  readonly banLatency: Histogram;
}

/** In seconds: a kernel call takes milliseconds, an edge or a slow command up to a minute. */
const LATENCY_LIMITS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];

interface Protection {
  readonly firewall: Firewall;
  readonly lists: Lists;
  readonly guards: Guards;
  readonly watches: ProofWatches;
  readonly housekeeping: Housekeeping;
  readonly asker: CommandAsker;
  /** Must be called after bans began or ended. */
  readonly onBansChanged: (keys: readonly BanKey[]) => Promise<void>;
}

export function createParts(options: PartsOptions): Parts {
  const { ports, load, initial, opened, emit } = options;
  const { clock, chance, host, sources: places } = ports;
  const { book, notices, actions, missing: recordMissing } = opened;
  const { hostAddresses, listDoubts, resolveName, watchAddresses } = host;
  const running = createRunningConfig(initial);
  const triggers = createProofTriggers();
  const allow = new Allow({ book, hostAddresses, resolveName, emit });
  const stateStore = createStateStore(book);
  const shared = {
    book,
    emit,
    running,
    triggers,
    allow,
    ignored: createIgnoredOffenses(stateStore),
    forwarders: createForwardingPeers(stateStore),
    logins: new LoginRecords(stateStore),
    campaigns: createCampaigns(stateStore, options),
    banLatency: new Histogram(LATENCY_LIMITS),
  };
  const protection = createProtection(options, shared);
  const { firewall, lists, guards, watches, onBansChanged } = protection;
  const upkeep = new AllowUpkeep({
    ...{ book, clock, emit, allow, running, onBansChanged, watchAddresses },
    ...{ forwarders: shared.forwarders, onAllowChanged: () => lists.refresh() },
  });
  const serviceChanges = new ServiceChanges({
    ...{ clock, watchServices: host.watchServices },
    lookFully: () => triggers.lookFully(),
  });
  const judging = judgeOptions(ports, shared, protection);
  const sources = createSources(ports, judging, { ...protection, ...shared });
  const live = new LiveConfig({
    ...{ book, clock, emit, load, running, upkeep, firewall, lists, guards, notices, actions },
    ...{ sources, places, listDoubts, labeled: initial.labeled, campaigns: shared.campaigns },
    resumeOffenses: (reached) => new OffenseJudge(judging).resume(reached),
    onReconfigured: () => {
      serviceChanges.use(running.jails);
      triggers.lookSoon();
    },
  });
  const { relocate, statusOf, watched } = live;
  const lastLines = createLastLines(stateStore);
  // Proofs are asked for at any time, also between a step of the wall clock and the next round.
  const proofClock = createCheckedClock(clock, () => protection.housekeeping.checkClock());
  const lineChecks = host.openLineChecks({
    ...{ clock: proofClock, stateStore, lastLines, logins: shared.logins, relocate, statusOf },
    changed: () => triggers.judgeAgain(),
    onListenerClosed: () => serviceChanges.note(),
  });
  const proving = new Proving({
    ...{ book, recordMissing, clock: proofClock, chance, emit, allow, running, triggers },
    ...{ onBansChanged },
    ...{ firewall, guards, actions, watches, lineChecks, lastLines, statusOf, watched },
    attemptLogin: host.attemptLogin,
  });
  const statsRounds = new StatsRounds({ book, clock, firewall, proving, watched });
  return { ...shared, ...protection, upkeep, sources, live, proving, statsRounds, serviceChanges };
}

function createCampaigns(stateStore: StateStore, { ports, emit }: PartsOptions): CampaignWatch {
  const { chance, clock } = ports;
  const seed = Math.floor(chance() * 2 ** 32);
  return new CampaignWatch({ stateStore, emit, seed, now: clock.now() });
}

function createProtection(
  { ports, initial, opened }: PartsOptions,
  { book, emit, running, triggers, allow, ignored, logins, campaigns }: Shared,
): Protection {
  const { clock, chance, host, firewall: port } = ports;
  const common = { book, clock, emit };
  const changed = (): void => triggers.judgeAgain();
  const { state } = initial.config.daemon;
  const firewall = new Firewall({
    ...{ ...common, allow, onChange: changed, port, state, lock: opened.network },
  });
  const lists = new Lists({
    ...{ state, clock, chance, emit, exempt: () => allow.exemptAnywhere() },
    apply: (name, list) => firewall.useList(name, list),
  });
  const { sessions, ownPeer, openPathCheck, openPrograms } = host;
  const guards = createGuards({
    ...{ ...common, allow, logins, campaigns, sessions, ownPeer },
    ...{ stats: book.stats, onChange: changed },
  });
  const watches = createProofWatches({
    ...{ ...common, chance, allow, firewall, running, triggers, openPathCheck },
    openPrograms,
  });
  const housekeeping = new Housekeeping({
    ...common,
    enforce: (keys) => firewall.sync(keys),
    onEnded: (bans, now) => guards.quality.onEnded(bans, now),
    onClockStepped: (step) => {
      for (const { jail } of running.jails) shiftTimes(jail, step);
      saveReadMarks(running.jails, book);
      logins.comparison.shift(step);
      triggers.shift(step);
      // The last reading has a time from before the step.
      void firewall.reconcile("periodic").then(changed);
      triggers.lookFully();
      guards.shift(step);
      ignored.shift(step);
      campaigns.shift(step);
    },
  });
  return {
    ...{ firewall, lists, guards, watches, housekeeping },
    asker: new CommandAsker({ ...common, runShell: host.runShell }),
    async onBansChanged(keys) {
      if (keys.length === 0) return;
      housekeeping.onBansChanged();
      watches.wire.onBansChanged(keys.map(({ subject }) => subject));
      await firewall.sync(keys);
    },
  };
}

function judgeOptions(
  { clock, chance }: DaemonPorts,
  { book, emit, allow, ignored, forwarders }: Shared,
  { firewall, guards, watches, asker, onBansChanged }: Protection,
): JudgeOptions {
  return {
    ...{ book, allow, clock, emit, guards, ignored, forwarders, asker, chance },
    stats: book.stats,
    enforce: onBansChanged,
    onBannedStillActive: (subject) => {
      firewall.onBannedStillActive();
      watches.wire.onBansChanged([subject]);
    },
  };
}

/** Creates the main path of each source. */
function createSources(
  { clock, host }: DaemonPorts,
  judging: JudgeOptions,
  { book, watches, housekeeping, running, onBansChanged, ...shared }: Protection & Shared,
): RunningSources {
  const { canaries, sightings, drift, wire } = watches;
  const { logins, campaigns, banLatency } = shared;
  const { emit } = judging;
  return new RunningSources({
    ...{ book, clock, emit },
    createFollower: (jails, where) =>
      new LineFollower(jails, {
        ...{ ...judging, localOffset: host.localOffset, where, canaries, sightings },
        ...{ logins, campaigns, banLatency },
        checkClock: () => housekeeping.checkClock(),
        onFailure: (line) => wire.onFailure(line),
        tallyOf: (filter) => drift.tallyOf(filter),
        onForwardersFound: (claims) => {
          const jails = running.jails.map(({ jail }) => jail);
          return onBansChanged(liftForwarders(claims, { book, emit, jails, now: clock.now() }));
        },
      }),
  });
}

import type { Happening, JailPolicy } from "../happenings.ts";
import { countedSubject } from "./counted-subject.ts";
import { Exemptions } from "./exemptions.ts";
import { LearnedSkew } from "./learned-skew.ts";
import { LoginWitness } from "./login-witness.ts";
import { type Login, LoginRecords } from "./login-records.ts";
import { type Network, parseNetwork } from "./network.ts";
import {
  CLOCK_COMPARED_WITHIN,
  CLOCK_TOLERANCE,
  RECORDED_WITHIN,
  RESTORED_WITHIN,
  SLACK,
} from "./promises.ts";
import { ZoneChanges } from "./zone-changes.ts";
import { SourceTroubles } from "./source-troubles.ts";

const MAX_TEXTS = 100_000;
const MAX_STEPS = 100;

interface Doubt {
  readonly until: number;
  readonly spread: number;
}

/** The subject that an address counts against, and whether it is exempt. */
interface Counting {
  readonly subject: Network;
  readonly isExempt: boolean;
}

/** Facts about the world that several rules need. The list of logins is bounded. */
export class World {
  now = 0;
  running = false;
  runningSince: number = -Infinity;
  /** When the daemon was first configured or started. */
  firstStartAt: number | undefined;
  diskFullSince: number | undefined;
  #diskFreeAt: number = -Infinity;
  /** Sum of the clock's small steps, which the daemon does not compensate. */
  drift = 0;
  clockSteppedAt: number = -Infinity;
  readonly jails: Map<string, JailPolicy> = new Map();
  /** Jails that the last configuration added or changed. */
  changedJails: readonly string[] = [];
  /** Of these, jails that ran before and differ only in where they read, with their former source. */
  movedJails: ReadonlyMap<string, string> = new Map();
  /** When the configuration last added or changed a jail. */
  readonly jailSince: Map<string, number> = new Map();
  readonly logins: LoginRecords = new LoginRecords();
  readonly exemptions: Exemptions = new Exemptions();
  readonly skew: LearnedSkew = new LearnedSkew();
  readonly witness: LoginWitness = new LoginWitness();
  readonly zones: ZoneChanges = new ZoneChanges();
  readonly sources: SourceTroubles = new SourceTroubles();
  readonly #texts = new Map<string, Network>();
  readonly #subjects = new Map<string, Counting>();
  #subjectsAt: number = -Infinity;
  /** The newest steps of the wall clock. */
  #steps: { readonly at: number; readonly step: number }[] = [];
  #wallDoubt: Doubt = { until: -Infinity, spread: 0 };

  happened(happening: Happening): void {
    const { at, kind } = happening;
    this.now = at;
    this.exemptions.happened(happening);
    const record = kind === "readable" ? this.logins.get(happening.id) : undefined;
    this.sources.happened(happening, record?.login);
    if (kind === "configured") this.#configure(happening.jails);
    if (kind === "configured" || kind === "started") this.firstStartAt ??= at;
    if (kind === "started") this.runningSince = at;
    if (kind === "started") this.running = true;
    if (kind === "stopped" || kind === "crashed") {
      this.running = false;
      if (this.diskFullSince !== undefined) this.exemptions.revertToSaved(at);
    }
    if (kind === "disk-full") {
      if (this.diskFullSince === undefined) this.exemptions.noteSaved();
      this.diskFullSince ??= at;
    }
    if (kind === "disk-free") {
      this.diskFullSince = undefined;
      this.#diskFreeAt = at;
    }
    if (kind === "clock") {
      this.zones.note(happening);
      this.#stepClock(at, happening.step);
    }
    if (kind === "login") this.#remember(happening);
    this.skew.happened(happening, record?.login);
    this.witness.happened(happening, record?.login);
    if (kind === "readable" && record !== undefined) {
      record.readableAt ??= at;
      record.readableIn.add(happening.source);
    }
    if (kind === "lost") this.#lose(happening);
  }

  /** Reports whether writes may be held in memory, which a crash loses. */
  mayLackWrites(): boolean {
    return this.diskFullSince !== undefined || this.now <= this.#diskFreeAt + RECORDED_WITHIN;
  }

  network(text: string): Network {
    let network = this.#texts.get(text);
    if (network !== undefined) return network;
    if (this.#texts.size >= MAX_TEXTS) this.#texts.clear();
    network = parseNetwork(text);
    this.#texts.set(text, network);
    return network;
  }

  /** Returns how a failure of `ip` counts in a jail now. */
  countingOf(policy: JailPolicy, ip: Network): Counting {
    if (this.#subjectsAt !== this.exemptions.changedAt || this.#subjects.size >= MAX_TEXTS) {
      this.#subjects.clear();
      this.#subjectsAt = this.exemptions.changedAt;
    }
    const key = `${policy.name}|${policy.ipv6Prefix}|${ip.key}`;
    let counting = this.#subjects.get(key);
    if (counting !== undefined) return counting;
    const isExempt = (network: Network) => this.exemptions.covers(policy.name, network);
    const subject = countedSubject(ip, policy.ipv6Prefix, isExempt);
    counting = { subject, isExempt: isExempt(ip) };
    this.#subjects.set(key, counting);
    return counting;
  }

  /** Reports whether the daemon has just started, so that its list and the kernel need not be complete. */
  isStarting(): boolean {
    return this.now <= this.runningSince + RESTORED_WITHIN + SLACK;
  }

  reads(policy: JailPolicy, source: string): boolean {
    return policy.source === "auto" || policy.source === source;
  }

  /** Reports whether the daemon and the jail's source had no fault for `time` and some slack. */
  isSettled(policy: JailPolicy, time: number): boolean {
    const since = Math.max(
      this.lookingSince(policy),
      this.sources.troubledUntil(policy.source, this.now),
    );
    return this.running && this.now - since > time + SLACK;
  }

  /** Returns since when the daemon runs the jail with its present configuration. */
  lookingSince({ name }: JailPolicy): number {
    return Math.max(this.runningSince, this.jailSince.get(name) ?? -Infinity);
  }

  /** Returns how far the wall clock may be from the clock that the daemon assumes. */
  wallSpread(): number {
    return this.now <= this.#wallDoubt.until ? this.#wallDoubt.spread : 0;
  }

  /** Returns by how much the wall clock was stepped since then. */
  steppedSince(at: number): number {
    return this.#steps.reduce((sum, one) => (one.at > at ? sum + one.step : sum), 0);
  }

  /** Returns by how much the timestamp of a line read now, which was written `at`, may be misplaced. */
  stampSpread(at: number): number {
    return this.wallSpread() + this.zones.spread(at, this.running ? this.now : Infinity);
  }

  #configure(jails: readonly JailPolicy[]): void {
    this.changedJails = jails
      .filter((jail) => JSON.stringify(this.jails.get(jail.name)) !== JSON.stringify(jail))
      .map(({ name }) => name);
    this.movedJails = new Map(
      jails.flatMap((jail): readonly (readonly [string, string])[] => {
        const before = this.jails.get(jail.name);
        const isMoved = before !== undefined && policyText(before) === policyText(jail);
        return isMoved && this.running ? [[jail.name, before.source]] : [];
      }),
    );
    this.jails.clear();
    for (const jail of jails) this.jails.set(jail.name, jail);
    for (const name of this.changedJails) this.jailSince.set(name, this.now);
  }

  #stepClock(at: number, step: number): void {
    if (Math.abs(step) < CLOCK_TOLERANCE) {
      this.drift += Math.abs(step);
      return;
    }
    this.clockSteppedAt = at;
    this.#steps = [...this.#steps, { at, step }].slice(-MAX_STEPS);
    if (!this.running) this.exemptions.passTime(step);
    this.#wallDoubt = widen(this.#wallDoubt, at, CLOCK_COMPARED_WITHIN + SLACK, step);
  }

  #lose({ id, source }: Extract<Happening, { kind: "lost" }>): void {
    const readableIn = this.logins.get(id)?.readableIn;
    if (source === undefined) readableIn?.clear();
    else readableIn?.delete(source);
  }

  #remember(login: Login): void {
    const network = this.network(login.ip);
    this.logins.set(login.id, {
      ...{ login, network, readIn: new Set(), readableIn: new Set(), readableAt: undefined },
    });
  }
}

/** Formats what a jail does, without where it reads. */
function policyText(policy: JailPolicy): string {
  return JSON.stringify({ ...policy, source: undefined, journalMatches: undefined });
}

function widen(doubt: Doubt, at: number, time: number, step: number): Doubt {
  const before = at <= doubt.until ? doubt.spread : 0;
  return { until: Math.max(doubt.until, at + time), spread: before + Math.abs(step) };
}

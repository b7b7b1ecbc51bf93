import type { Happening, JailPolicy, Observation } from "../happenings.ts";
import type { BanLedger } from "./ban-ledger.ts";
import type { BanObligations } from "./ban-obligations.ts";
import type { FailureWindows } from "./failure-windows.ts";
import type { KernelRules } from "./kernel-rules.ts";
import {
  BYPASS,
  CHECKED_WITHIN,
  RECORD_PROOF_AGE,
  RECOVERED_WITHIN,
  SLACK,
  SOURCE_NAMED_WITHIN,
  UNLOGGED,
} from "./promises.ts";
import type { Report, Rule } from "./rules.ts";
import type { World } from "./world.ts";

type ShownJail = Observation["jails"][number];

/** State of the flow of a jail's lines. */
interface Flow {
  lastLine: number;
  /** Number of connections without a line since the last line, and when there were enough of them. */
  connections: number;
  unloggedAt: number | undefined;
  /**
   * Time of the last event that may degrade the jail: a connection without a line, a line of a banned address, or a ban
   * at the limit.
   */
  doubtedAt: number;
}

/** The only service that is documented to log every connection. Source: docs/operating.md, Connections. */
const LOGS_CONNECTIONS = "sshd";
const FAILED_STATES = new Set(["blind", "toothless", "starting"]);

/** Checks what each state must say within which time, and what it must not say without a cause. */
export class StateRules {
  readonly #world: World;
  readonly #windows: FailureWindows;
  readonly #obligations: BanObligations;
  readonly #ledger: BanLedger;
  readonly #kernel: KernelRules;
  readonly #flows = new Map<string, Flow>();
  /** Since when a failure could not be written to the full disk; undefined: none. */
  #unwrittenSince: number | undefined;
  #clockAt: number = -Infinity;
  /** Rules that each jail breaks now, so that each is reported once. */
  readonly #broken = new Set<string>();

  constructor(parts: {
    world: World;
    windows: FailureWindows;
    obligations: BanObligations;
    ledger: BanLedger;
    kernel: KernelRules;
  }) {
    this.#world = parts.world;
    this.#windows = parts.windows;
    this.#obligations = parts.obligations;
    this.#ledger = parts.ledger;
    this.#kernel = parts.kernel;
  }

  happened(happening: Happening): void {
    const { kind, at } = happening;
    if (kind === "login") this.#noteLogin(happening);
    if (kind === "readable") this.#noteLine(happening.id, happening.source);
    if (kind === "clock") this.#clockAt = at;
    if (kind === "disk-free" || kind === "started") this.#unwrittenSince = undefined;
    // Connections that ended before a log was readable say nothing about it, and its lines may be delivered only now.
    if (kind === "started" || kind === "configured" || kind === "source-mended") {
      for (const flow of this.#flows.values())
        Object.assign(flow, { lastLine: at, connections: 0, unloggedAt: undefined });
    }
    for (const { window, failure } of this.#windows.added) {
      const { jail, subject } = window;
      // What comes through a broken log need not be read, or not yet.
      const source = this.#world.jails.get(jail)?.source;
      if (source === undefined || !this.#world.sources.isBroken(source))
        this.#ledger.heard(jail, subject, failure);
      if (this.#ledger.covers(jail, subject)) this.#flow(jail).doubtedAt = at;
      if (this.#world.diskFullSince !== undefined) this.#unwrittenSince ??= at;
    }
  }

  observed({ at, running, jails }: Observation, report: Report): void {
    if (!running) return;
    const shown = new Map(jails.map((jail) => [jail.name, jail]));
    for (const policy of this.#world.jails.values()) {
      const jail = shown.get(policy.name);
      const say = (rule: Rule, isBroken: boolean, what: string) => {
        const key = `${policy.name}|${rule}`;
        if (!isBroken) this.#broken.delete(key);
        else if (!this.#broken.has(key)) {
          this.#broken.add(key);
          report(rule, `${policy.name} is ${jail?.state ?? "not shown"}: ${what}.`);
        }
      };
      const isOld = at > this.#world.lookingSince(policy) + SOURCE_NAMED_WITHIN + SLACK;
      say("jail-not-shown", jail === undefined && isOld, "it is configured");
      if (jail === undefined) continue;
      this.#judgeProtecting(policy, jail.state === "protecting", say);
      const isWell = FAILED_STATES.has(jail.state) && !this.#hasCause(policy, jail);
      say(
        "fails-without-cause",
        isWell,
        `(${jail.causes.join(", ")}) although all has been well for an hour`,
      );
    }
  }

  #judgeProtecting(
    policy: JailPolicy,
    protects: boolean,
    say: (rule: Rule, broken: boolean, what: string) => void,
  ): void {
    const { now, sources } = this.#world;
    const since = this.#world.lookingSince(policy);
    const trouble = sources.mustBeNamed(policy, now, since);
    say(
      "protects-while-blind",
      protects && trouble !== undefined,
      `${policy.source} is in trouble: ${trouble}`,
    );
    const { unloggedAt } = this.#flow(policy.name);
    const mustSee =
      unloggedAt !== undefined &&
      now > Math.max(unloggedAt, since) + UNLOGGED.endedBefore + SOURCE_NAMED_WITHIN + SLACK;
    say(
      "protects-without-lines",
      protects && mustSee,
      `connections without a line since ${unloggedAt}`,
    );
    const lacks = protects && this.#kernel.lacksBanOf(policy.name);
    say("protects-without-kernel", lacks, "the kernel does not hold every ban");
    const isBypassed = protects && this.#isBypassed(policy.name);
    say("protects-while-bypassed", isBypassed, "a banned address keeps writing lines");
    const isDamaged = protects && this.#kernel.isDamagedRepeatedly();
    say(
      "protects-while-damaged",
      isDamaged,
      "others damaged the firewall three times within ten minutes",
    );
    const isUnwritten =
      this.#unwrittenSince !== undefined && now > this.#unwrittenSince + RECORD_PROOF_AGE + SLACK;
    say("protects-without-record", protects && isUnwritten, "the disk is full");
  }

  #isBypassed(jail: string): boolean {
    const { now } = this.#world;
    for (const ban of this.#ledger.bypassed) {
      const { reachedAt, last } = ban.lines;
      if (ban.jail !== jail || reachedAt === undefined) continue;
      // Until the firewall took the ban, its lines prove nothing.
      if (this.#kernel.wasTroubledSince(reachedAt)) continue;
      if (now > reachedAt + CHECKED_WITHIN + SLACK && now < last + BYPASS.quiet - SLACK)
        return true;
    }
    return false;
  }

  /**
   * Reports whether any trouble in the last hour may explain that the jail does not protect. It is lenient: any trouble
   * may.
   */
  #hasCause(policy: JailPolicy, { causes }: ShownJail): boolean {
    const since = this.#world.now - RECOVERED_WITHIN - SLACK;
    const flow = this.#flow(policy.name);
    return (
      policy.observesOnly === true ||
      this.#world.lookingSince(policy) > since ||
      this.#world.sources.troubledUntil(policy.source, this.#world.now) > since ||
      this.#kernel.wasTroubledSince(since) ||
      flow.doubtedAt > since ||
      flow.unloggedAt !== undefined ||
      // A log without a line for an hour may look dead.
      flow.lastLine < since ||
      this.#clockAt > since ||
      this.#world.diskFullSince !== undefined ||
      this.#obligations.mayWait(causes, policy.bansPerMinute)
    );
  }

  #flow(jail: string): Flow {
    let flow = this.#flows.get(jail);
    if (flow === undefined) {
      flow = { lastLine: -Infinity, connections: 0, unloggedAt: undefined, doubtedAt: -Infinity };
      this.#flows.set(jail, flow);
    }
    return flow;
  }

  #noteLogin({ service, outcome, logged, at }: Extract<Happening, { kind: "login" }>): void {
    for (const policy of this.#world.jails.values()) {
      if (policy.service !== service) continue;
      const flow = this.#flow(policy.name);
      if (!logged) flow.doubtedAt = at;
      // Connections of successful logins stay open.
      if (service !== LOGS_CONNECTIONS || outcome === "succeeded" || !this.#world.running) continue;
      if (at <= flow.lastLine + UNLOGGED.afterLine) continue;
      flow.connections++;
      if (flow.connections >= UNLOGGED.connections) flow.unloggedAt ??= at;
    }
  }

  #noteLine(id: number, source: string): void {
    const record = this.#world.logins.get(id);
    for (const policy of this.#world.jails.values()) {
      if (record !== undefined && policy.service !== record.login.service) continue;
      if (!this.#world.reads(policy, source)) continue;
      const flow = this.#flow(policy.name);
      Object.assign(flow, { lastLine: this.#world.now, connections: 0, unloggedAt: undefined });
    }
  }
}

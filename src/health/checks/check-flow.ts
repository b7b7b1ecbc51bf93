/**
 * Verifies that lines arrive: compared with what witnesses saw, or else at the source's usual rate. Jails that read the
 * same source share its watch. A silent source is probed before it is reported. Habits are saved for each source, every
 * ten minutes and when the daemon stops.
 */
import type { Instant } from "../../domain/instant.ts";
import type { SourceStatus } from "../../domain/line-source.ts";
import type { Proof } from "../../domain/proof.ts";
import { HOUR_MS, HOURS } from "../judge/habit.ts";
import { flowProof } from "./check-flow/flow-proof.ts";
import {
  ConnectionWitness,
  type ConnectionWitnessOptions,
} from "./check-flow/connection-witness.ts";
import { LoginWitness, type LoginWitnessOptions } from "./check-flow/login-witness.ts";
import { createFlowWatch, type FlowWatch } from "./check-flow/flow-watch.ts";
import type { JailCheck, WatchedJail } from "../jail-check.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import type { StateStore } from "../../record/state-store.ts";
import { syslogRoute } from "./check-flow/syslog-route.ts";

export interface FlowCheckOptions extends ConnectionWitnessOptions, LoginWitnessOptions {
  readonly stateStore: StateStore;
  /** Offset of local time from UTC in milliseconds, positive in the east; the habit uses the local hour of the week. */
  readonly localOffset: (at: number) => number;
  /** The reader's present status. */
  readonly statusOf: (live: LiveJail) => SourceStatus | undefined;
}

interface WatchedSource {
  readonly watch: FlowWatch;
  savedAt: number;
}

const SAVE_EVERY_MS = 600_000;
/** Hour of the week at the Unix epoch: 1970 began on a Thursday. */
const EPOCH_HOUR = 96;

export class FlowCheck implements JailCheck {
  readonly name = "flow";
  readonly #options: FlowCheckOptions;
  readonly #connections: ConnectionWitness;
  readonly #logins: LoginWitness;
  readonly #sources = new Map<string, WatchedSource>();
  readonly #closing = new AbortController();
  /** Number of probe lines sent since the last look. */
  #probeLines = 0;

  constructor(options: FlowCheckOptions) {
    this.#options = options;
    this.#connections = new ConnectionWitness(options);
    this.#logins = new LoginWitness(options);
  }

  async look(jails: readonly WatchedJail[], now: Instant): Promise<void> {
    const hour = hourOfWeek(now, this.#options.localOffset(now));
    const own = this.#probeLines;
    this.#probeLines = 0;
    this.#logins.look(jails, now);
    await this.#connections.look(jails, now);
    const seen = new Set<string>();
    const probes: Promise<void>[] = [];
    for (const jail of jails) {
      const { live, source } = jail;
      if (source === undefined || seen.has(keyOf(source))) continue;
      const key = keyOf(source);
      seen.add(key);
      const watched = this.#sources.get(key) ?? this.#begin(key, live);
      watched.watch.see({ source, hour, own });
      const isWitnessed = this.#witnessed(jail, now).length > 0;
      if (!isWitnessed && watched.watch.wantsProbe) probes.push(this.#probe(watched.watch, live));
      if (this.#options.clock.monotonic() - watched.savedAt >= SAVE_EVERY_MS)
        this.#save(key, watched);
    }
    for (const key of [...this.#sources.keys()]) if (!seen.has(key)) this.#forget(key);
    await Promise.all(probes);
  }

  shift(step: number): void {
    this.#connections.shift(step);
  }

  #begin(key: string, { search }: LiveJail): WatchedSource {
    const { clock, stateStore } = this.#options;
    const route = syslogRoute(search.source);
    const watch = createFlowWatch(clock, route, stateStore.load(stateName(key)));
    const watched = { watch, savedAt: clock.monotonic() };
    this.#sources.set(key, watched);
    return watched;
  }

  async #probe(watch: FlowWatch, live: LiveJail): Promise<void> {
    const lines = (): number => this.#options.statusOf(live)?.lines ?? 0;
    this.#probeLines += await watch.probe(lines, this.#closing.signal);
  }

  #save(key: string, watched: WatchedSource): void {
    watched.savedAt = this.#options.clock.monotonic();
    this.#options.stateStore.save(stateName(key), watched.watch.text());
  }

  #forget(key: string): void {
    const watched = this.#sources.get(key);
    if (watched !== undefined) this.#save(key, watched);
    this.#sources.delete(key);
  }

  proofs(jail: WatchedJail, now: Instant): readonly Proof[] {
    const { live, source } = jail;
    const witnessed = this.#witnessed(jail, now);
    if (witnessed.length > 0) return witnessed;
    if (source === undefined)
      return [{ kind: "unproven", link: "flow", evidence: "no log to observe" }];
    const facts = this.#sources.get(keyOf(source))?.watch.facts(source.lines);
    if (facts === undefined) {
      const evidence = "still learning normal traffic: less than a minute observed";
      return [{ kind: "unproven", link: "flow", evidence }];
    }
    return [flowProof(facts, { where: source.where, source: live.search.source })];
  }

  /**
   * Returns the proofs of all witnesses; what one misses, another cannot prove. Empty: no witness exists, or none saw
   * an event.
   */
  #witnessed(jail: WatchedJail, now: Instant): readonly Proof[] {
    const connections = this.#connections.proof(jail, now);
    const proofs = [
      ...(connections === undefined ? [] : [connections]),
      ...this.#logins.proofs(jail, now),
    ];
    for (const kind of ["found", "proven"] as const) {
      const decisive = proofs.filter((proof) => proof.kind === kind);
      if (decisive.length > 0) return decisive;
    }
    return proofs;
  }

  close(): void {
    this.#closing.abort();
    this.#connections.close();
    for (const key of [...this.#sources.keys()]) this.#forget(key);
  }
}

function hourOfWeek(now: Instant, offset: number): number {
  const hours = Math.floor((now + offset) / HOUR_MS) + EPOCH_HOUR;
  return ((hours % HOURS) + HOURS) % HOURS;
}

function keyOf({ kind, where }: SourceStatus): string {
  return `${kind} ${where}`;
}

function stateName(key: string): string {
  return `flow ${key}`;
}

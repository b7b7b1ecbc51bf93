/**
 * Proves the flow of lines independently of the log, for services that log every connection. Compares connections that
 * the kernel reports as ended with the lines that came.
 */
import type { Clock } from "../../../domain/clock.ts";
import { type Instant, instant } from "../../../domain/instant.ts";
import { portsOf } from "../../../domain/port-scope.ts";
import type { Proof } from "../../../domain/proof.ts";
import type { Result } from "../../../domain/result.ts";
import { parsePorts } from "../../../config/kinds/ports-setting.ts";
import type {
  EndedConnection,
  EndedConnectionsObserver,
  EndedConnectionsWatch,
} from "../../../host/kernel/ended-connections.ts";
import { readPortNames, type PortNames } from "../../../host/services/port-names.ts";
import { hasUnreadLines } from "../../unread-lines.ts";
import type { WatchedJail } from "../../jail-check.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import { judgeConnections } from "../../judge/judge-connections.ts";
import { KeptConnections } from "../../judge/kept-connections.ts";

export interface ConnectionWitnessOptions {
  readonly clock: Clock;
  /** Called when a service stops listening on ports of a witnessed jail. */
  readonly onListenerClosed?: () => void;
  readonly watchEnded: (
    observer: EndedConnectionsObserver,
  ) => Promise<Result<EndedConnectionsWatch, string>>;
}

const link = "flow";

export class ConnectionWitness {
  readonly #options: ConnectionWitnessOptions;
  /** Ended connections by port, for the ports of all witnessed jails. */
  readonly #ended = new Map<number, KeptConnections>();
  #names: PortNames | undefined;
  #watch: EndedConnectionsWatch | undefined;
  /** When each jail was first seen reading; lines about connections that ended earlier were not all read. */
  readonly #since = new Map<string, Instant>();
  #isClosed = false;

  constructor(options: ConnectionWitnessOptions) {
    this.#options = options;
  }

  async look(watched: readonly WatchedJail[], now: Instant): Promise<void> {
    this.#names ??= await readPortNames();
    const jails = watched.filter(isWitnessed);
    const keys = new Set(jails.map(keyOf));
    for (const key of this.#since.keys()) if (!keys.has(key)) this.#since.delete(key);
    for (const jail of jails)
      if (jail.source?.state === "reading") this.#since.getOrInsert(keyOf(jail), now);
    const wanted = new Set(jails.flatMap(({ live }) => this.#portsOf(live)));
    if (wanted.size === 0 || this.#watch?.renew().ok === false) this.#stop();
    for (const port of this.#ended.keys()) if (!wanted.has(port)) this.#ended.delete(port);
    for (const port of wanted)
      if (!this.#ended.has(port)) this.#ended.set(port, new KeptConnections());
    if (wanted.size > 0 && this.#watch === undefined) await this.#begin();
  }

  async #begin(): Promise<void> {
    const watch = await this.#options.watchEnded({
      onEnded: (connections) => this.#note(connections),
      onListenersClosed: (ports) => {
        if (ports.some((port) => this.#ended.has(port))) this.#options.onListenerClosed?.();
      },
    });
    if (!watch.ok) return;
    if (this.#isClosed) watch.value.close();
    else this.#watch = watch.value;
  }

  #note(connections: readonly EndedConnection[]): void {
    const at = this.#options.clock.now();
    for (const { port, peer } of connections) this.#ended.get(port)?.add({ port, peer, at });
  }

  /** Shifts all times after a step of the wall clock by `step` milliseconds. */
  shift(step: number): void {
    for (const [key, at] of this.#since) this.#since.set(key, instant(at + step));
    for (const kept of this.#ended.values()) kept.shift(step);
  }

  /** Returns undefined if the jail has no witness, or no connection ended yet. */
  proof(watched: WatchedJail, now: Instant): Proof | undefined {
    const { live } = watched;
    const since = this.#since.get(keyOf(watched));
    if (this.#watch === undefined || since === undefined) return undefined;
    const ended = this.#portsOf(live).flatMap((port) => this.#ended.get(port) ?? []);
    const lostAt = ended
      .flatMap(({ lostAt }) => lostAt ?? [])
      .filter((at) => at >= since)
      .sort((a, b) => a - b)
      .at(-1);
    const connections = ended
      .flatMap(({ all }) => all)
      .filter(({ at }) => at >= since)
      .sort((a, b) => a.at - b.at);
    const { lastLineAt: heardAt } = live.jail;
    const { verdict, evidence } = judgeConnections({ connections, lostAt, heardAt, now });
    switch (verdict) {
      case "none":
        return undefined;
      case "logged":
        return {
          ...{ kind: "proven", link, at: now, witness: "kernel" },
          evidence: `confirmed by the kernel: ${evidence}`,
        };
      case "pending":
        return { kind: "unproven", link, evidence };
      case "unlogged": {
        if (hasUnreadLines(watched.source))
          return { kind: "unproven", link, evidence: `${evidence}; lines wait to be read` };
        const name = live.definition.programs[0] ?? live.definition.name;
        const fix = `check that ${name} logs each connection to what the jail reads (its log level, its log file), then: bailiff verify ${live.jail.name}`;
        return { kind: "found", link, cause: "connections-unlogged", evidence, at: now, fix };
      }
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#stop();
  }

  /** Stops watching. Connections that end from now on are unknown. */
  #stop(): void {
    this.#watch?.close();
    this.#watch = undefined;
    this.#ended.clear();
  }

  /** Returns the TCP ports of the jail, else those of its filter. */
  #portsOf({ jail, definition }: LiveJail): readonly number[] {
    const own = portsOf(jail.config.ports);
    const parsed = parsePorts(definition.ports, this.#names ?? new Map());
    const ports = own.length > 0 || !parsed.ok ? own : portsOf(parsed.value);
    return ports.filter(({ protocol }) => protocol === "tcp").map(({ number }) => number);
  }
}

/** Identifies a jail and its log, so that reloads of other options keep its evidence. */
function keyOf({ live, source }: WatchedJail): string {
  return `${live.jail.name} ${source?.kind} ${source?.where}`;
}

function isWitnessed({ live: { definition } }: WatchedJail): boolean {
  return definition.logs_connections === true;
}

/**
 * The connection witness proves the flow of lines independently of the log: of services that log every connection, the
 * kernel's report of ended connections is compared with the lines that came. Keeps `KEPT` connections per port.
 */
import type { Clock } from "../../../domain/clock.ts";
import type { Instant } from "../../../domain/instant.ts";
import { portsOf } from "../../../domain/port-scope.ts";
import type { Proof } from "../../../domain/proof.ts";
import type { Result } from "../../../domain/result.ts";
import { parsePorts } from "../../../config/kinds/ports-setting.ts";
import type {
  EndedConnection,
  EndedConnectionsWatch,
} from "../../../host/kernel/ended-connections.ts";
import { readPortNames, type PortNames } from "../../../host/services/port-names.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import { type Connection, judgeConnections } from "../../judge/judge-connections.ts";

export interface ConnectionWitnessOptions {
  readonly clock: Clock;
  readonly watchEnded: (
    onEnded: (connections: readonly EndedConnection[]) => void,
  ) => Promise<Result<EndedConnectionsWatch, string>>;
}

const KEPT = 64;
const link = "flow";

export class ConnectionWitness {
  readonly #options: ConnectionWitnessOptions;
  /** By port, of all ports of the jails that are witnessed. */
  readonly #ended = new Map<number, Connection[]>();
  #names: PortNames | undefined;
  #watch: EndedConnectionsWatch | undefined;
  /** Whether this kernel or these rights do not allow it. */
  #isRefused = false;

  constructor(options: ConnectionWitnessOptions) {
    this.#options = options;
  }

  async look(jails: readonly LiveJail[]): Promise<void> {
    this.#names ??= await readPortNames();
    const wanted = new Set(jails.filter(isWitnessed).flatMap((live) => this.#portsOf(live)));
    for (const port of this.#ended.keys()) if (!wanted.has(port)) this.#ended.delete(port);
    for (const port of wanted) if (!this.#ended.has(port)) this.#ended.set(port, []);
    if (wanted.size === 0) this.close();
    else if (this.#watch !== undefined) this.#watch.renew();
    else if (!this.#isRefused) await this.#begin();
  }

  async #begin(): Promise<void> {
    const watch = await this.#options.watchEnded((connections) => this.#note(connections));
    if (watch.ok) this.#watch = watch.value;
    else this.#isRefused = true;
  }

  #note(connections: readonly EndedConnection[]): void {
    const at = this.#options.clock.now();
    for (const { port, peer } of connections) {
      const kept = this.#ended.get(port);
      kept?.push({ port, peer, at });
      if (kept !== undefined && kept.length > KEPT) kept.shift();
    }
  }

  /** undefined: there is no witness for this jail, or it has seen nothing yet. */
  proof(live: LiveJail, now: Instant): Proof | undefined {
    if (this.#watch === undefined || !isWitnessed(live)) return undefined;
    const connections = this.#portsOf(live)
      .flatMap((port) => this.#ended.get(port) ?? [])
      .sort((a, b) => a.at - b.at);
    const { lastLineAt: heardAt } = live.jail;
    const { verdict, evidence } = judgeConnections({ connections, heardAt, now });
    switch (verdict) {
      case "none":
        return undefined;
      case "logged":
        return { kind: "proven", link, evidence: `confirmed by the kernel: ${evidence}`, at: now };
      case "pending":
        return { kind: "unproven", link, evidence };
      case "unlogged": {
        const name = live.definition.programs[0] ?? live.definition.name;
        const fix = `check that ${name} logs each connection to what the jail reads (its log level, its log file), then: bailiff verify ${live.jail.name}`;
        return { kind: "found", link, cause: "connections-unlogged", evidence, at: now, fix };
      }
    }
  }

  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }

  /** TCP ports of the jail, else those of its filter. */
  #portsOf({ jail, definition }: LiveJail): readonly number[] {
    const own = portsOf(jail.config.ports);
    const parsed = parsePorts(definition.ports, this.#names ?? new Map());
    const ports = own.length > 0 || !parsed.ok ? own : portsOf(parsed.value);
    return ports.filter(({ protocol }) => protocol === "tcp").map(({ number }) => number);
  }
}

function isWitnessed({ definition }: LiveJail): boolean {
  return definition.logs_connections === true;
}

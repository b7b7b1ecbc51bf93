/**
 * Replays generated events as lines of sshd through the main path (invariant 9), with all detectors at `act`, and
 * measures what is found and stopped.
 */
import assert from "node:assert/strict";
import { enabledJails } from "../../src/config/config.ts";
import { NO_DETECTORS } from "../../src/config/jail-settings.ts";
import { parseConfig } from "../../src/config/parse-config.ts";
import { deciderOf } from "../../src/detect/judgment/ban-quality.ts";
import { formatInstant, type Instant, instant } from "../../src/domain/instant.ts";
import { parseJailName } from "../../src/domain/jail-name.ts";
import type { LineBatch } from "../../src/domain/line-batch.ts";
import { enableLinearRegex } from "../../src/host/linear-regex.ts";
import { readPortNames } from "../../src/host/services/port-names.ts";
import { compileJails, type CompiledJail } from "../../src/jails/compile-jails.ts";
import { openLibrary } from "../../src/jails/load-filters.ts";
import { createFilterCompiler } from "../../src/parse/filter/compile-filter.ts";
import { PolicyReplay, type RoutedMatch, routeBatches } from "../../src/pipeline/replay.ts";
import type { TelemetryEvent } from "../../src/telemetry/events.ts";
import { DAY_MS, type Observed, type Sender } from "./generate-attempts.ts";

export interface Detection {
  /** What was unusual about each campaign. */
  readonly campaigns: readonly string[];
  /** Number of tries of the generated attack until a campaign was found; undefined: none was. */
  readonly triesUntilFound: number | undefined;
  /**
   * Tries after that which a ban of earlier failures can stop: every try of a source but its first one. No source is
   * banned before it failed.
   */
  readonly stoppable: number;
  readonly stopped: number;
  /** Time of the attack's first ban; undefined: none of its sources was banned. */
  readonly firstBanAt: Instant | undefined;
  /** Sources of users that a detector banned. */
  readonly wrongBans: readonly string[];
  /** Sources of users that `maxretry` banned. */
  readonly usersOverMaxretry: readonly string[];
  /** Number of suspected compromises. */
  readonly alarms: number;
}

/** TOML that turns all detectors on. */
export const ALL_ACT: string = NO_DETECTORS.replaceAll('"off"', '"act"');
const LINES_PER_BATCH = 2000;

const ports = await readPortNames();

/** `events`: in the order of time. */
export async function measureDetection(events: readonly Observed[]): Promise<Detection> {
  enableLinearRegex();
  const compiled = await compileSshd();
  const { jail } = compiled;
  const filters = [jail.filter];
  const meter = new DetectionMeter(events);
  const replay = new PolicyReplay({
    ...{ ports, filters, jailsOf: () => [jail], observer: meter },
    policy: { name: "all at act", jails: [compiled], guards: "all" },
  });
  await replay.begin();
  const end = instant((events.at(-1)?.at ?? 0) + DAY_MS);
  const routing = {
    filters: filters.map((filter) => ({ filter, accepts: undefined, owns: undefined })),
    ...{ clock: { now: () => end, monotonic: () => 0 }, localOffset: () => 0 },
  };
  for await (const { matches } of routeBatches(batchesOf(events), end, routing))
    for (const match of matches) meter.take(replay, match);
  return meter.end();
}

async function compileSshd(): Promise<CompiledJail> {
  const text = `[jails.sshd]\n${ALL_ACT}\n`;
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([{ path: "all-act.toml", text }], { paths, ports });
  assert.ok(config.ok, JSON.stringify(config));
  const { filters } = await (await openLibrary([])).read(["sshd"]);
  const found = { filters, compile: createFilterCompiler() };
  const [compiled] = compileJails(enabledJails(config.value), found, []).jails;
  assert.ok(compiled !== undefined);
  return compiled;
}

/** Yields the lines that sshd writes about the events, one for each. */
async function* batchesOf(events: readonly Observed[]): AsyncIterable<LineBatch> {
  for (let i = 0; i < events.length; i += LINES_PER_BATCH) {
    const lines = events.slice(i, i + LINES_PER_BATCH).map((event, n) => lineOf(event, i + n));
    yield { text: lines.join(""), fields: undefined, arrival: "backlog", cursor: undefined };
  }
}

function lineOf(event: Observed, n: number): string {
  const { at, ip } = event;
  const from = `from ${ip} port ${1024 + (n % 60_000)}`;
  const start = `${formatInstant(at)} host sshd[${1000 + n}]: `;
  if (event.kind === "login")
    return `${start}Accepted password for ${event.account} ${from} ssh2\n`;
  if (event.isUnknownUser) return `${start}Invalid user ${event.user} ${from}\n`;
  return `${start}Failed password for ${event.user} ${from} ssh2\n`;
}

/** Follows a replay line by line: each event is one line, and each line is recognized. */
class DetectionMeter {
  readonly #events: readonly Observed[];
  readonly #senders: ReadonlyMap<string, Sender>;
  readonly #failed = new Set<string>();
  readonly #wrongBans = new Set<string>();
  readonly #usersOverMaxretry = new Set<string>();
  readonly #campaigns: string[] = [];
  readonly #open = new Set<string>();
  #taken = 0;
  #isStopped = false;
  #tries = 0;
  #triesUntilFound: number | undefined;
  #stoppable = 0;
  #stopped = 0;
  #firstBanAt: Instant | undefined;
  #alarms = 0;

  constructor(events: readonly Observed[]) {
    this.#events = events;
    this.#senders = new Map(
      events.flatMap((event) => (event.kind === "failure" ? [[event.ip, event.from]] : [])),
    );
  }

  take(replay: PolicyReplay, match: RoutedMatch): void {
    const event = this.#events[this.#taken++];
    assert.ok(event !== undefined && event.at === match.at);
    const isTry = event.kind === "failure" && event.from === "campaign";
    if (isTry) this.#tries++;
    const isStoppable = isTry && this.#triesUntilFound !== undefined && this.#failed.has(event.ip);
    this.#isStopped = false;
    replay.take(match);
    if (isTry && this.#open.size > 0) this.#triesUntilFound ??= this.#tries;
    if (isTry && !this.#isStopped) this.#failed.add(event.ip);
    if (isStoppable) this.#stoppable++;
    if (isStoppable && this.#isStopped) this.#stopped++;
  }

  onAttempt({ isStopped }: { readonly isStopped: boolean }): void {
    this.#isStopped = isStopped;
  }

  onEvent(event: TelemetryEvent): void {
    if (event.event === "campaign-began") {
      this.#campaigns.push(event.reason);
      this.#open.add(event.campaign);
    } else if (event.event === "campaign-ended") this.#open.delete(event.campaign);
    else if (event.event === "compromise-suspected") this.#alarms++;
    else if (event.event === "ban") this.#noteBan(event);
  }

  #noteBan({ ip, jail, reason }: Extract<TelemetryEvent, { readonly event: "ban" }>): void {
    const sender = this.#senders.get(ip);
    if (sender === "campaign") this.#firstBanAt ??= this.#events[this.#taken - 1]?.at;
    if (sender !== "user") return;
    const name = parseJailName(jail);
    assert.ok(name !== undefined);
    const { isDetector } = deciderOf(name, { reason, rule: "" });
    (isDetector ? this.#wrongBans : this.#usersOverMaxretry).add(ip);
  }

  end(): Detection {
    assert.equal(this.#taken, this.#events.length);
    return {
      ...{ campaigns: this.#campaigns, triesUntilFound: this.#triesUntilFound },
      ...{ stoppable: this.#stoppable, stopped: this.#stopped, firstBanAt: this.#firstBanAt },
      wrongBans: [...this.#wrongBans],
      usersOverMaxretry: [...this.#usersOverMaxretry],
      alarms: this.#alarms,
    };
  }
}

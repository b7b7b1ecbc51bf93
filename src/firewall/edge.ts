/**
 * Enforces bans at the edge: in the lists of a content delivery network, a cloud, or a router, through its HTTP interface.
 * What a service needs is data (edges/NAME.toml). Blocks whole hosts, counts nothing, and cannot observe changes by
 * others: a periodic reading finds them. Blocks end only with the daemon's help: they stay while it is dead. In memory:
 * one entry for each entry of the lists.
 */
import { hostname } from "node:os";
import { amount } from "../domain/amount.ts";
import { type Subject, splitSubject } from "../domain/cidr.ts";
import type {
  Change,
  EnforcedBlock,
  Enforcer,
  ForeignChange,
  Prepared,
  Refusal,
} from "../domain/enforcer.ts";
import type { Instant } from "../domain/instant.ts";
import { ALL_PORTS } from "../domain/port-scope.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { machineId } from "../host/machine-id.ts";
import { admitChange, type IsAllowed } from "./admit-change.ts";
import { ABILITIES } from "./enforcer-abilities.ts";
import { defaultMarks, MARK, type MarkedHost } from "./edge/default-marks.ts";
import { type Definition, parsePrefixes } from "./edge/definition.ts";
import { openService, type OpenService, type ServiceSettings } from "./edge/open-service.ts";
import type { ServiceList } from "./edge/service-list.ts";
import type { Unusable } from "./nftables.ts";
import { watchUnannounced } from "./watch-unannounced.ts";

export interface EdgeOptions extends ServiceSettings {
  readonly name?: string | undefined;
  /** Comment on this host's entries, if the service supports comments; default: derived from `host`. */
  readonly mark?: string | undefined;
  /** This host, unless a test stands for another one. */
  readonly host?: MarkedHost | undefined;
  /** Maximum number of entries, if it differs from the definition's. */
  readonly capacity?: number | undefined;
  readonly isAllowed: IsAllowed;
}

export interface Edge extends Enforcer {
  /** What the service is called, and whether its definition was compared with its documentation. */
  readonly service: Pick<Definition, "title" | "unverified">;
}

const MAX_MARK_LENGTH = 60;

/** Opens the enforcer, without a request. Fails with what is missing and how to fix it. */
export async function openEdge(options: EdgeOptions): Promise<Result<Edge, Unusable>> {
  const { host = { name: hostname(), machineId: machineId() } } = options;
  const marks = options.mark === undefined ? defaultMarks(host) : [options.mark];
  const [mark = ""] = marks;
  const fault = faultOfMark(mark);
  if (fault !== undefined)
    return fail({
      reason: `the mark "${mark}" ${fault}`,
      fix: 'set "mark"',
      isMisconfigured: true,
    });
  const service = openService(options, marks);
  return service.ok ? ok(new EdgeFirewall(service.value, options)) : service;
}

/** Returns what is wrong with a mark; undefined: nothing. */
function faultOfMark(mark: string): string | undefined {
  if (!mark.startsWith(MARK)) return `does not begin with "${MARK}"`;
  if (mark.length > MAX_MARK_LENGTH) return `is longer than ${MAX_MARK_LENGTH} characters`;
  return /[^\x20-\x7e]/.test(mark) ? "contains characters other than printable ASCII" : undefined;
}

class EdgeFirewall implements Edge {
  readonly name: string;
  readonly enforcing = true;
  readonly lookup = undefined;
  readonly service: Edge["service"];
  readonly #options: EdgeOptions;
  readonly #service: OpenService;
  readonly #lists: readonly ServiceList[];
  /** Banned subjects for which a foreign entry already exists. */
  #covered = new Set<Subject>();
  /** Whether the lists were read by `prepare`, and not listed since. */
  #isFresh = false;

  constructor(service: OpenService, options: EdgeOptions) {
    this.name = options.name ?? "edge";
    this.service = service.definition;
    this.#service = service;
    this.#options = options;
    const { ipv4, ipv6 } = service.lists;
    this.#lists = [...new Set([ipv4, ipv6])].filter((list) => list !== undefined);
  }

  /** The end of the watch announces that the daemon stops: it must not wait for a service that hangs. */
  watch(signal: AbortSignal): AsyncIterable<ForeignChange> {
    signal.addEventListener("abort", () => this.#service.client.interrupt(), { once: true });
    return watchUnannounced(signal);
  }

  get abilities(): Enforcer["abilities"] {
    return { ...ABILITIES.edge, capacity: this.#capacity() };
  }

  /** Foreign entries take places too. */
  #capacity(): number | undefined {
    const most = this.#options.capacity ?? this.#service.definition.capacity;
    return most === undefined ? undefined : Math.max(0, most - this.#foreignCount());
  }

  #foreignCount(): number {
    return this.#lists.reduce((sum, { foreign }) => sum + foreign.size, 0);
  }

  async prepare(): Promise<Prepared> {
    const error = await this.#read();
    if (error !== undefined) return { error, repaired: false, structure: undefined };
    this.#isFresh = true;
    const { title, unverified } = this.#service.definition;
    const note = unverified ? ", an unverified definition" : "";
    const others = `${this.#foreignCount()} of others`;
    const structure = `${title}${note}: ${amount(this.#held().length, "entry", "entries")}, ${others}`;
    return { error: undefined, repaired: false, structure };
  }

  /** Reads every list; returns the first error, or undefined. */
  async #read(): Promise<string | undefined> {
    for (const list of this.#lists) {
      const read = await list.read();
      if (!read.ok) return read.error.message;
    }
    return undefined;
  }

  async list(): Promise<readonly EnforcedBlock[]> {
    const error = this.#isFresh ? undefined : await this.#read();
    this.#isFresh = false;
    if (error !== undefined) throw new Error(error);
    return this.#held().map(blockOf);
  }

  #held(): readonly Subject[] {
    const isCovered = (subject: Subject): boolean =>
      this.#lists.some(({ foreign, ours }) => foreign.has(subject) && !ours.has(subject));
    this.#covered = new Set([...this.#covered].filter(isCovered));
    return [...this.#lists.flatMap(({ ours }) => [...ours.keys()]), ...this.#covered];
  }

  async count(subjects: readonly Subject[]): Promise<readonly EnforcedBlock[]> {
    const held = new Set(this.#held());
    return subjects.filter((subject) => held.has(subject)).map(blockOf);
  }

  async apply(changes: readonly Change[], now: Instant): Promise<readonly Refusal[]> {
    this.#isFresh = false;
    const refusals: Refusal[] = [];
    const last = new Map<Subject, Change>();
    for (const change of changes) {
      const refusal = admitChange(change, this.#options.isAllowed, "host") ?? this.#admit(change);
      if (refusal === undefined) last.set(change.subject, change);
      else refusals.push(refusal);
    }
    for (const list of this.#lists) {
      const concerned = [...last.values()].filter(({ subject }) => this.#listOf(subject) === list);
      if (concerned.length === 0) continue;
      const failures = await this.#applyTo(list, concerned, now);
      for (const [subject, error] of failures) {
        const change = last.get(subject);
        if (change !== undefined) refusals.push({ change, error, retryable: true });
      }
    }
    return refusals;
  }

  #listOf(subject: Subject): ServiceList | undefined {
    return this.#service.lists[splitSubject(subject).family];
  }

  #admit(change: Change): Refusal | undefined {
    if (change.kind === "remove") return undefined;
    const { family, prefix } = splitSubject(change.subject);
    const { title, prefixes } = this.#service.definition;
    const refuse = (error: string): Refusal => ({ change, error, retryable: false });
    const name = family === "ipv4" ? "IPv4" : "IPv6";
    if (this.#service.lists[family] === undefined)
      return refuse(`no list for ${name} is configured`);
    if (parsePrefixes(prefixes[family])?.(prefix) === true) return undefined;
    return refuse(`${title} has no ${name} networks of /${prefix}, only of ${prefixes[family]}`);
  }

  async #applyTo(
    list: ServiceList,
    changes: readonly Change[],
    now: Instant,
  ): Promise<ReadonlyMap<Subject, string>> {
    const subjects = changes.map(({ subject }) => subject);
    const read = list.isRead ? ok(undefined) : await list.read();
    if (!read.ok) return new Map(subjects.map((subject) => [subject, read.error.message]));
    const { ours, foreign } = list;
    const isAdded = (change: Change): boolean =>
      change.kind === "add" && (change.until === "forever" || change.until > now);
    const remove = changes.filter((change) => !isAdded(change)).map(({ subject }) => subject);
    for (const subject of remove) this.#covered.delete(subject);
    const wanted = changes.filter(isAdded).map(({ subject }) => subject);
    // Another program's entry is not ours to change, and blocks the subject already.
    for (const subject of wanted) if (foreign.has(subject)) this.#covered.add(subject);
    const missing = wanted.filter((subject) => !ours.has(subject) && !foreign.has(subject));
    const gone = remove.filter((subject) => list.has(subject));
    const room = this.#room() + gone.length;
    const failures = new Map(await list.update({ add: missing.slice(0, room), remove: gone }));
    // An entry that another program added since the last reading.
    for (const subject of missing) if (list.foreign.has(subject)) this.#covered.add(subject);
    for (const subject of missing.slice(room))
      failures.set(subject, `the list is full (${this.#capacity()} entries)`);
    return failures;
  }

  #room(): number {
    const held = this.#lists.reduce((sum, { ours }) => sum + ours.size, 0);
    return Math.max(0, (this.#capacity() ?? Number.POSITIVE_INFINITY) - held);
  }

  async removeAll(): Promise<Result<undefined, string>> {
    const error = await this.#read();
    if (error !== undefined) return fail(error);
    this.#covered.clear();
    for (const list of this.#lists) {
      const failures = await list.update({
        add: [],
        remove: [...list.ours.keys(), ...list.inactive.keys()],
      });
      for (const message of failures.values()) return fail(message);
    }
    return ok(undefined);
  }

  async close(): Promise<void> {
    this.#service.client.close();
  }
}

function blockOf(subject: Subject): EnforcedBlock {
  return { subject, scope: ALL_PORTS, packets: undefined, left: undefined };
}

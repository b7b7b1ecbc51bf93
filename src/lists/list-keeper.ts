/**
 * Keeps one block list in force: reads its file or fetches its URL regularly, and gives the firewall what remains without
 * exempt addresses. Whatever goes wrong, the last good content stays in force, also over a restart.
 *
 * Memory: the merged entries as one text, and the set of blocked networks.
 */
import { basename, dirname } from "node:path";
import type { ListConfig } from "../config/config.ts";
import type { Subject } from "../domain/cidr.ts";
import type { Alarm, AlarmClock } from "../domain/clock.ts";
import { type Duration, duration } from "../domain/duration.ts";
import { showHttpUrl } from "../domain/http-url.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { listOwner } from "../domain/jail-name.ts";
import { mergeNetworks, subtractNetworks } from "../domain/merge-networks.ts";
import { ok, type Result } from "../domain/result.ts";
import type { BlockList } from "../firewall/block-lists.ts";
import { createBackoff } from "../host/backoff.ts";
import { reasonOf } from "../host/explain-system-error.ts";
import { createSerialQueue } from "../host/serial-queue.ts";
import { createFolderWatch, type FolderWatch } from "../source/file/folder-watch.ts";
import type { Emit } from "../telemetry/events.ts";
import type { ListCopies, ListCopy, Validators } from "./list-copy.ts";
import { type LineTally, parseFeed } from "./parse-feed.ts";
import { readListFile } from "./read-list-file.ts";
import { RESERVED_NETWORKS } from "./reserved-networks.ts";

export interface ListKeeperOptions {
  readonly config: ListConfig;
  readonly copies: ListCopies;
  readonly clock: AlarmClock;
  /** Returns a random number in [0, 1). */
  readonly chance: () => number;
  readonly emit: Emit;
  /** Returns networks that together contain every exempt address. */
  readonly exempt: () => Iterable<Subject>;
  /** Puts the list in force; undefined: it has no content any more. */
  readonly apply: (list: BlockList | undefined) => Promise<void>;
}

export interface ListState {
  readonly config: ListConfig;
  /** The file, or the host of the URL. */
  readonly where: string;
  /** Number of networks in force; undefined: there was no good content yet. */
  readonly entries: number | undefined;
  /** When the content was last read or confirmed. */
  readonly goodAt: Instant | undefined;
  /** Why the last look failed; undefined: it did not. */
  readonly failure: string | undefined;
  readonly nextLookAt: Instant | undefined;
  /** Lines of the last good content that are not used; unknown after a restart. */
  readonly invalid: LineTally | undefined;
  readonly refused: LineTally | undefined;
  /** Number of networks out of which exempt addresses were taken. */
  readonly cut: number;
}

interface Content {
  readonly text: string;
  readonly validators: Validators;
}

/** Wait after a change of the file, so that a program can finish it. */
const FILE_SETTLES_MS = 500;
const FIRST_RETRY: Duration = duration(60_000);
const JITTER = 0.1;

export class ListKeeper {
  readonly #options: ListKeeperOptions;
  readonly #inTurn = createSerialQueue();
  /** Apart from changes, which must not wait for a server that does not answer. */
  readonly #oneLook = createSerialQueue();
  readonly #closing = new AbortController();
  readonly #alarm: Alarm;
  readonly #backoff: ReturnType<typeof createBackoff>;
  #watch: FolderWatch | undefined;
  #content: Content | undefined;
  #subjects: ReadonlySet<Subject> | undefined;
  /** The exemptions for which `#subjects` was made. */
  #exempted = "";
  #cut = 0;
  #goodAt: Instant | undefined;
  #failure: string | undefined;
  #nextLookAt: Instant | undefined;
  #tallies: { readonly invalid: LineTally; readonly refused: LineTally } | undefined;

  constructor(options: ListKeeperOptions) {
    this.#options = options;
    this.#alarm = options.clock.alarm(() => this.look());
    const { config, chance: random } = options;
    const longest = duration(Math.max(config.every, FIRST_RETRY));
    this.#backoff = createBackoff({ first: FIRST_RETRY, longest, random });
  }

  get state(): ListState {
    const { config } = this.#options;
    return {
      config,
      where: config.url === undefined ? (config.file ?? "") : showHttpUrl(config.url),
      entries: this.#subjects?.size,
      goodAt: this.#goodAt,
      failure: this.#failure,
      nextLookAt: this.#nextLookAt,
      invalid: this.#tallies?.invalid,
      refused: this.#tallies?.refused,
      cut: this.#cut,
    };
  }

  /** Returns the network of the list that contains all of a subject, if one is in force. */
  covers(candidates: readonly Subject[]): Subject | undefined {
    return candidates.find((network) => this.#subjects?.has(network) === true);
  }

  /** Puts the last good content in force, from its copy. */
  load(): Promise<void> {
    return this.#inTurn(async () => {
      const { copies, config } = this.#options;
      const copy = copies.load(config.name, this.#origin);
      if (copy === undefined) return this.#options.apply(undefined);
      this.#goodAt = copy.goodAt;
      await this.#use(copy);
    });
  }

  /** Begins to look regularly. Resolves after the first look, if one is due. */
  async begin(): Promise<void> {
    const { config, clock } = this.#options;
    const { file } = config;
    if (file !== undefined) {
      this.#watch = createFolderWatch(() => this.#alarm.set(FILE_SETTLES_MS));
      this.#watch.set(new Map([[dirname(file), new Set([basename(file)])]]));
    }
    const age = this.#goodAt === undefined ? Number.POSITIVE_INFINITY : clock.now() - this.#goodAt;
    // A restart must not make publishers answer more often. A clock that was set back gives no age.
    if (file === undefined && age >= 0 && age < config.every) this.#lookAfter(config.every - age);
    else await this.look();
  }

  /** Looks now. Never rejects. */
  look(): Promise<void> {
    const { signal } = this.#closing;
    return this.#oneLook(async () => {
      if (signal.aborted) return;
      this.#alarm.clear();
      try {
        const read = await this.#read();
        if (signal.aborted) return;
        if (!read.ok) this.#fail(read.error);
        else await this.#inTurn(() => this.#accept(read.value));
      } catch (error) {
        if (!signal.aborted) this.#fail(reasonOf(error));
      }
    });
  }

  /** Takes out addresses that became exempt, and puts those back that no longer are. */
  refresh(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#content !== undefined) await this.#use(this.#content);
    });
  }

  /** Stops. What is in force stays. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#alarm.clear();
    this.#watch?.close();
    await this.#oneLook(async () => undefined);
    await this.#inTurn(async () => undefined);
  }

  /** Identifies what the content was made from. */
  get #origin(): string {
    const { url, file, format } = this.#options.config;
    return JSON.stringify([format, url ?? null, file ?? null]);
  }

  /** Returns new content; undefined: it is unchanged. */
  async #read(): Promise<Result<Content | undefined, string>> {
    const { config } = this.#options;
    const raw = await this.#readRaw();
    if (!raw.ok || raw.value === undefined) return raw.ok ? ok(undefined) : raw;
    const { format, max_entries: maxEntries } = config;
    const parsed = await parseFeed(raw.value.text, { format, maxEntries });
    if (!parsed.ok) return parsed;
    const { subjects, invalid, refused } = parsed.value;
    this.#tallies = { invalid, refused };
    return ok({ ...raw.value, text: mergeNetworks(subjects).join("\n") });
  }

  async #readRaw(): Promise<Result<Content | undefined, string>> {
    const { url, file, max_bytes: maxBytes, timeout } = this.#options.config;
    if (url !== undefined) {
      const { fetchFeed } = await import("./fetch-feed.ts");
      const { validators = {} } = this.#content ?? {};
      return fetchFeed({ url, validators, maxBytes, timeout, signal: this.#closing.signal });
    }
    const read = await readListFile(file ?? "", maxBytes);
    return read.ok ? ok({ text: read.value, validators: {} }) : read;
  }

  async #accept(content: Content | undefined): Promise<void> {
    const { clock, config, emit } = this.#options;
    const isChanged = content !== undefined && content.text !== this.#content?.text;
    const hadFailed = this.#failure !== undefined;
    this.#failure = undefined;
    this.#goodAt = clock.now();
    this.#backoff.reset();
    this.#keep(content);
    if (content !== undefined) await this.#use(content);
    if (isChanged || hadFailed)
      emit({
        ...{ event: "list-updated", list: config.name, entries: this.#subjects?.size ?? 0 },
        invalid: this.#tallies?.invalid.count ?? 0,
        refused: this.#tallies?.refused.count ?? 0,
        cut: this.#cut,
      });
    this.#lookAfter(config.every);
  }

  #keep(content: Content | undefined): void {
    const { copies, config, emit, clock } = this.#options;
    const goodAt = clock.now();
    try {
      if (content === undefined) copies.touch(config.name, goodAt);
      else copies.save(config.name, this.#origin, { ...content, goodAt });
    } catch (error) {
      emit({ event: "list-not-saved", list: config.name, reason: reasonOf(error) });
    }
  }

  #fail(reason: string): void {
    const { config, emit } = this.#options;
    const isNew = this.#failure !== reason;
    this.#failure = reason;
    if (isNew) emit({ event: "list-failed", list: config.name, reason, good_at: this.#goodAt });
    this.#alarmAfter(this.#backoff.next());
  }

  async #use(content: Content | ListCopy): Promise<void> {
    const { config, exempt, apply } = this.#options;
    const removed = [...RESERVED_NETWORKS, ...exempt()];
    const exempted = removed.join();
    if (this.#content?.text === content.text && this.#exempted === exempted) {
      this.#content = content;
      return;
    }
    const { rest, cut } = subtractNetworks(content.text.split("\n") as Subject[], removed);
    this.#content = content;
    this.#exempted = exempted;
    this.#cut = cut;
    this.#subjects = new Set(rest);
    const { name, ports: scope } = config;
    await apply({ owner: listOwner(name), scope, subjects: this.#subjects });
  }

  #lookAfter(milliseconds: number): void {
    const { chance, config } = this.#options;
    this.#alarmAfter(milliseconds + config.every * JITTER * chance());
  }

  #alarmAfter(milliseconds: number): void {
    if (this.#closing.signal.aborted) return;
    this.#nextLookAt = instant(this.#options.clock.now() + milliseconds);
    this.#alarm.set(milliseconds);
  }
}

/**
 * Keeps a router's state of one log between lines: the matches of its last line, pieces of incomplete lines, and the
 * programs that write to it. Bounded: a few short strings for each of MAX_STREAMS logs; the log that was silent longest
 * is dropped first.
 */
import type { Match } from "../../domain/match.ts";
import { detachString } from "../../domain/detach-string.ts";
import { blankAfter } from "../characters.ts";
import { HeaderTrust } from "../header/header-trust.ts";
import type { Header } from "../header/header.ts";
import { ProgramNames } from "../header/program-names.ts";
import { type LineRepeat, QUOTED } from "./repeated.ts";
import type { UnknownColumns } from "./unknown-columns.ts";
import { NamedMemory } from "./named-memory.ts";
import type { PieceJoiner } from "../structured/unwrap-container.ts";

export class StreamMemory {
  /** The matches of the previous line, and their filters. Only the first `lastCount` of each are valid. */
  readonly lastEntries: number[] = [];
  readonly lastMatches: Match[] = [];
  // A count replaces emptying the lists: an emptied list allocates its storage again for the next line.
  #lastCount = 0;
  /**
   * The text that contains the previous line, and the offsets of relay, host, program and message in it. Without a host
   * its writer is unknown; without a relay the host begins where the relay would.
   */
  #lastText = "";
  #relayStart = 0;
  #hostStart = 0;
  #hostEnd = 0;
  #programStart = 0;
  #programEnd = 0;
  #messageStart = 0;
  /** The joiners of the files of this log that are still read, each with its text. */
  readonly #joiners = new WeakMap<object, PieceJoiner>();
  #joiner: PieceJoiner | undefined;
  #joined: object = STREAM;
  readonly names: ProgramNames = new ProgramNames();
  readonly heads: HeaderTrust = new HeaderTrust();
  readonly named: NamedMemory = new NamedMemory();
  /** By stream of a container, "stdout" or "stderr", or by its prefix. */
  readonly #namedOutputs = new Map<string, NamedMemory>();
  /** Texts of which the names that were in force before reading began are known. */
  readonly #recalled = new WeakSet<object>();
  /** Whether a line had a syslog daemon's header that names a program. */
  hasHeaders = false;

  namedIn(stream: string): NamedMemory {
    return this.#namedOutputs.getOrInsertComputed(stream, () => new NamedMemory());
  }

  get allNamed(): readonly NamedMemory[] {
    return [this.named, ...this.#namedOutputs.values()];
  }

  /** Returns whether the names before a text were read. */
  hasRecalled(content: object = STREAM): boolean {
    return this.#recalled.has(content);
  }

  noteRecalled(content: object = STREAM): void {
    this.#recalled.add(content);
  }

  /** Returns why rows cannot be read, if that is new since the last call. */
  takeUnknownColumns(): UnknownColumns | undefined {
    return this.allNamed.map((names) => names.takeUnknown()).find((one) => one !== undefined);
  }

  get hasLast(): boolean {
    return this.#lastCount > 0;
  }

  get lastCount(): number {
    return this.#lastCount;
  }

  noteMatch(entry: number, match: Match): void {
    this.lastEntries[this.#lastCount] = entry;
    this.lastMatches[this.#lastCount] = match;
    this.#lastCount++;
  }

  /** Notes that a syslog daemon wrote the line just recognized, so that it may repeat it. */
  noteWriter(text: string, header: Header): void {
    // The text is nearly always the same batch: storing it again would cost a write barrier for each line.
    if (this.#lastText !== text) this.#lastText = text;
    this.#relayStart = Math.min(header.bodyStart, header.hostStart);
    this.#hostStart = header.hostStart;
    this.#hostEnd = header.hostEnd;
    this.#programStart = header.programStart;
    this.#programEnd = header.programEnd;
    this.#messageStart = header.messageStart;
  }

  /** Returns whether the repeat refers to the previous line. */
  isLast({ host, relay, quoted }: LineRepeat): boolean {
    const text = this.#lastText;
    if (this.#hostEnd === this.#hostStart) return false;
    // Without a relay, the first word is the host itself: another sender's line then, or text.
    if (relay !== undefined && this.#relay !== relay) return false;
    if (host !== undefined && text.slice(this.#hostStart, this.#hostEnd) !== host) return false;
    if (quoted === undefined) return true;
    return (
      text.slice(this.#programStart, this.#programEnd) === quoted.program &&
      text.startsWith(quoted.begins, this.#messageStart)
    );
  }

  get #relay(): string | undefined {
    const from = this.#relayStart;
    if (from === this.#hostStart) return undefined;
    return this.#lastText.slice(from, blankAfter(this.#lastText, from, this.#hostStart));
  }

  forgetLast(): void {
    this.#lastCount = 0;
    this.#hostEnd = this.#hostStart;
  }

  /**
   * Returns the joiner for a text. `create` is called for the first piece of the text, with the joiner of the one that
   * was read last.
   */
  joinerOf(
    content: object | undefined,
    create: (previous: PieceJoiner | undefined) => PieceJoiner,
  ): PieceJoiner {
    const key = content ?? STREAM;
    if (this.#joiner !== undefined && this.#joined === key) return this.#joiner;
    const joiner = this.#joiners.get(key) ?? create(this.#joiner);
    this.#joiners.set(key, joiner);
    this.#joiner = joiner;
    this.#joined = key;
    return joiner;
  }

  /** Releases the batch, by copying the part of it that is needed. */
  detach(): void {
    const from = this.#relayStart;
    const to = this.#messageStart + QUOTED;
    if (this.#hostEnd === this.#hostStart || to - from > MAX_HEAD) this.forgetLast();
    this.#lastText = this.hasLast ? detachString(this.#lastText.slice(from, to)) : "";
    this.#relayStart = 0;
    this.#hostStart -= from;
    this.#hostEnd -= from;
    this.#programStart -= from;
    this.#programEnd -= from;
    this.#messageStart -= from;
    this.lastEntries.length = this.lastMatches.length = this.#lastCount;
    for (const [i, match] of this.lastMatches.entries()) {
      const { user, host } = match;
      this.lastMatches[i] = {
        ...match,
        user: user === undefined ? undefined : detachString(user),
        host: host === undefined ? undefined : detachString(host),
      };
    }
  }
}

/** Stands for the text of a log that is no file. */
const STREAM = {};

/**
 * Maximum length kept of host, program and quoted text. Repeats of longer ones are not recognized in the next batch.
 */
const MAX_HEAD = 512;
const MAX_STREAMS = 1024;

/**
 * Returns memories by the key of the batch's cursor; lines without a cursor are one stream. Drops the one that was
 * silent longest first.
 */
export function createStreamMemories(): (key: string) => StreamMemory {
  const known = new Map<string, StreamMemory>();
  return (key) => {
    const memory = known.get(key) ?? new StreamMemory();
    known.delete(key);
    const [silent] = known.keys();
    if (known.size >= MAX_STREAMS && silent !== undefined) known.delete(silent);
    known.set(key, memory);
    return memory;
  };
}

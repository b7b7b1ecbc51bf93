/**
 * What a router remembers of one log between its lines: what its last line was taken for, pieces of lines that are not
 * complete, and whose lines it holds. Bounded: a few short texts for each of MAX_STREAMS logs, the oldest forgotten first.
 */
import type { Match } from "../domain/match.ts";
import { ownText } from "../domain/own-text.ts";
import type { Header } from "./header.ts";
import { type PieceJoiner, createPieceJoiner } from "./unwrap-container.ts";

export class StreamMemory {
  /** What the line before was taken for, by which filters: the first `lastCount` of each. */
  readonly lastEntries: number[] = [];
  readonly lastMatches: Match[] = [];
  // Counted instead of emptying the lists: an emptied list allocates its storage again for the next line.
  #lastCount = 0;
  #lastText = "";
  #lastFrom = 0;
  #joiner: PieceJoiner | undefined;
  #otherProgram: string | undefined;
  #shared = false;

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

  /** The message that is looked at now begins there. */
  noteMessage(text: string, from: number): void {
    // Nearly always the same batch: to store it again would cost the collector's barrier for each line.
    if (this.#lastText !== text) this.#lastText = text;
    this.#lastFrom = from;
  }

  lastBegins(text: string | undefined): boolean {
    return text === undefined || this.#lastText.startsWith(text, this.#lastFrom);
  }

  forgetLast(): void {
    this.#lastCount = 0;
  }

  get joiner(): PieceJoiner {
    this.#joiner ??= createPieceJoiner();
    return this.#joiner;
  }

  /** Programs are told apart by their names here: lines of other names are other programs'. */
  get shared(): boolean {
    return this.#shared;
  }

  noteOwnProgram(): void {
    this.#shared = true;
  }

  /** Two names with process ids are two programs; one is what the filter's program is called here, unless all know it. */
  noteOtherProgram(text: string, { programStart, programEnd, pid }: Header): void {
    if (SYSTEM_PROGRAMS.has(text.slice(programStart, programEnd))) this.#shared = true;
    if (pid === 0 || this.#shared) return;
    const name = this.#otherProgram;
    if (name === undefined) this.#otherProgram = ownText(text.slice(programStart, programEnd));
    else if (name.length !== programEnd - programStart || !text.startsWith(name, programStart))
      this.#shared = true;
  }

  /** The batch that its texts are parts of is let go. */
  detach(): void {
    const from = this.#lastFrom;
    this.#lastText = this.hasLast ? ownText(this.#lastText.slice(from, from + LAST_KEPT)) : "";
    this.#lastFrom = 0;
    this.lastEntries.length = this.lastMatches.length = this.#lastCount;
    for (const [i, match] of this.lastMatches.entries()) {
      const { user, host } = match;
      this.lastMatches[i] = {
        ...match,
        user: user === undefined ? undefined : ownText(user),
        host: host === undefined ? undefined : ownText(host),
      };
    }
  }
}

/** Of any system log, and never another name of a service that is attacked. */
const SYSTEM_PROGRAMS: ReadonlySet<string> = new Set([
  ...["CRON", "cron", "crond", "anacron", "sudo", "su", "login", "passwd", "useradd", "kernel"],
  ...["systemd", "systemd-logind", "systemd-resolved", "systemd-networkd", "systemd-timesyncd"],
  ...["dbus-daemon", "polkitd", "rsyslogd", "syslogd", "syslog-ng", "auditd", "chronyd", "ntpd"],
]);

/** syslog-ng quotes 20 characters. */
const LAST_KEPT = 32;
const MAX_STREAMS = 256;

/** By the key of the batch's cursor; lines without one are one stream. */
export function createStreamMemories(): (key: string) => StreamMemory {
  const known = new Map<string, StreamMemory>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const [oldest] = known.keys();
    if (known.size >= MAX_STREAMS && oldest !== undefined) known.delete(oldest);
    const made = new StreamMemory();
    known.set(key, made);
    return made;
  };
}

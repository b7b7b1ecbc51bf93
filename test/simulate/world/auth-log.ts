/**
 * Simulates the log of one service. It has a syslog daemon that writes it, and faults: the log can be rotated,
 * truncated, edited and removed. Reports when the line of a login becomes readable under the log's name, for the first
 * time or again, and when no copy of it exists any more.
 */
import { gzipSync } from "node:zlib";
import type { FileSystem, Inode } from "./file-system.ts";

/** Lines of one login that were written together; `id` is undefined for other lines. */
export interface WrittenLines {
  readonly id: number | undefined;
  readonly text: string;
  /** Whether a relay delivered them a second time. */
  readonly isRepeated?: boolean;
}

export type LogTrouble = "removed" | "writer-stopped" | "writer-moved-away" | "unreadable";

export interface LogReport {
  /** "repeated": the first time that lines are readable which a relay delivered a second time. */
  readable(id: number, again: "first" | "again" | "repeated"): void;
  lost(id: number): void;
}

export type Rotation = "rename" | "rename-and-compress" | "copytruncate";

const KEPT_ROTATIONS = 4;
const READ = 0o444;
const USUAL_MODE = 0o640;

export class AuthLog {
  readonly path: string;
  readonly #files: FileSystem;
  readonly #report: LogReport;
  readonly #lines = new Map<Inode, WrittenLines[]>();
  readonly #seen = new Set<string>();
  /** The file that the syslog daemon has open; undefined: it does not run. */
  #writer: Inode | undefined;

  constructor(path: string, files: FileSystem, report: LogReport) {
    this.path = path;
    this.#files = files;
    this.#report = report;
    this.restartWriter();
  }

  get isWritten(): boolean {
    return this.#writer !== undefined;
  }

  /** Returns why lines written now are not readable under the log's name. */
  troubles(): readonly LogTrouble[] {
    const current = this.#files.find(this.path);
    if (current === undefined) return ["removed"];
    const found: LogTrouble[] = (current.mode & READ) === 0 ? ["unreadable"] : [];
    if (this.#writer === undefined) found.push("writer-stopped");
    else if (current !== this.#writer) found.push("writer-moved-away");
    return found;
  }

  /** Opens the log again, as after a signal of logrotate. */
  restartWriter(): void {
    this.#hold(this.#files.makeFile(this.path));
  }

  stopWriter(): void {
    this.#hold(undefined);
  }

  #hold(inode: Inode | undefined): void {
    if (this.#writer !== undefined) this.#writer.opened--;
    if (inode !== undefined) inode.opened++;
    const before = this.#writer;
    this.#writer = inode;
    if (before !== undefined && before.links === 0 && before !== inode) this.#forget(before);
  }

  /** Writes a line; returns false if no syslog daemon runs, so that it is lost. */
  write(lines: WrittenLines): boolean {
    if (this.#writer === undefined) return false;
    this.#put(this.#writer, [lines]);
    return true;
  }

  #put(inode: Inode, lines: readonly WrittenLines[]): void {
    this.#files.append(inode, Buffer.from(lines.map(({ text }) => text).join("")));
    const known = this.#lines.get(inode) ?? [];
    known.push(...lines);
    this.#lines.set(inode, known);
    if (this.#isReadable(inode)) this.#reportReadable(lines);
  }

  #reportReadable(lines: readonly WrittenLines[]): void {
    for (const { id, isRepeated = false } of lines) {
      if (id === undefined) continue;
      const key = `${id} ${isRepeated}`;
      const isNew = !this.#seen.has(key);
      this.#seen.add(key);
      this.#report.readable(id, isNew ? (isRepeated ? "repeated" : "first") : "again");
    }
  }

  /** Reports whether a file is readable, by its name and permissions, or because a reader has it open. */
  #isReadable(inode: Inode): boolean {
    const isWriter = inode === this.#writer;
    if (inode.opened > (isWriter ? 1 : 0)) return true;
    if ((inode.mode & READ) === 0) return false;
    if (this.#files.find(this.path) === inode) return true;
    return this.#rotatedNames().some((name) => this.#files.find(name) === inode);
  }

  #rotatedNames(): readonly string[] {
    return Array.from({ length: KEPT_ROTATIONS + 1 }, (_, i) => `${this.path}.${i + 1}`).flatMap(
      (name) => [name, `${name}.gz`],
    );
  }

  rotate(how: Rotation): void {
    const current = this.#files.find(this.path);
    if (current === undefined) return;
    this.#shiftRotated();
    const first = `${this.path}.1`;
    if (how === "copytruncate") {
      this.#copyTo(current, first);
      this.#empty(current);
      return;
    }
    this.#files.rename(this.path, first);
    this.#files.makeFile(this.path);
    if (this.#writer !== undefined) this.restartWriter();
    // Like logrotate with delaycompress: the newest rotated file stays uncompressed.
    if (how === "rename-and-compress") this.#compress(`${this.path}.2`);
  }

  #shiftRotated(): void {
    for (let number = KEPT_ROTATIONS; number >= 1; number--)
      for (const end of ["", ".gz"]) {
        const name = `${this.path}.${number}${end}`;
        if (this.#files.find(name) === undefined) continue;
        if (number === KEPT_ROTATIONS) this.#remove(name);
        else this.#files.rename(name, `${this.path}.${number + 1}${end}`);
      }
  }

  #compress(path: string): void {
    const plain = this.#files.find(path);
    if (plain === undefined) return;
    const packed = this.#files.makeFile(`${path}.gz`);
    this.#files.append(packed, gzipSync(this.#files.contentOf(plain)));
    this.#files.setChanged(packed, plain.changed);
    this.#lines.set(packed, [...(this.#lines.get(plain) ?? [])]);
    this.#remove(path);
  }

  /** Rotates to a file that only its owner may open, like logrotate with a wrong "create". */
  deny(): void {
    this.rotate("rename");
    this.#files.setMode(this.path, 0);
  }

  allow(): void {
    const current = this.#files.find(this.path);
    if (current === undefined) return;
    const lines = this.#isReadable(current) ? [] : (this.#lines.get(current) ?? []);
    this.#files.setMode(this.path, USUAL_MODE);
    this.#reportReadable(lines);
  }

  /** Empties the log in place. */
  truncate(): void {
    const current = this.#files.find(this.path);
    if (current !== undefined) this.#empty(current);
  }

  /** Removes the log; the syslog daemon keeps writing to the file without a name until it is restarted. */
  remove(): void {
    this.#remove(this.path);
  }

  /** Removes the older half in place, as programs do that limit a log's size. */
  cutHead(): void {
    const current = this.#files.find(this.path);
    if (current === undefined) return;
    const lines = this.#lines.get(current) ?? [];
    const kept = lines.slice(Math.floor(lines.length / 2));
    this.#replace(current, kept);
  }

  /** Writes the log again as another file, like an editor; `without`: leaves out lines that contain this text. */
  rewrite(without: string | undefined): void {
    const current = this.#files.find(this.path);
    if (current === undefined) return;
    const lines = this.#lines.get(current) ?? [];
    const kept = lines.filter(({ text }) => without === undefined || !text.includes(without));
    const temporary = `${this.path}.tmp`;
    const fresh = this.#files.makeFile(temporary);
    this.#files.append(fresh, Buffer.from(kept.map(({ text }) => text).join("")));
    this.#lines.set(fresh, [...kept]);
    this.#files.rename(temporary, this.path);
    this.#reportReadable(kept);
    if (this.#writer === current) this.restartWriter();
    else if (current.links === 0) this.#forget(current);
  }

  /** Makes the syslog daemon write to another file from now on. */
  moveWriter(path: string): void {
    this.#hold(this.#files.makeFile(path));
  }

  #copyTo(from: Inode, path: string): void {
    const lines = this.#lines.get(from) ?? [];
    this.#put(this.#files.makeFile(path), lines);
  }

  #empty(inode: Inode): void {
    this.#replace(inode, []);
  }

  #replace(inode: Inode, kept: readonly WrittenLines[]): void {
    const before = this.#lines.get(inode) ?? [];
    this.#files.write(inode, Buffer.from(kept.map(({ text }) => text).join("")));
    this.#lines.set(inode, [...kept]);
    this.#reportLost(before);
  }

  #remove(path: string): void {
    const inode = this.#files.find(path, "keep");
    if (inode === undefined) return;
    this.#files.remove(path);
    if (inode.links === 0 && inode !== this.#writer) this.#forget(inode);
  }

  #forget(inode: Inode): void {
    const lines = this.#lines.get(inode) ?? [];
    this.#lines.delete(inode);
    this.#reportLost(lines);
  }

  #reportLost(lines: readonly WrittenLines[]): void {
    if (lines.length === 0) return;
    const left = new Set([...this.#lines.values()].flat().map(({ id }) => id));
    for (const { id } of lines) if (id !== undefined && !left.has(id)) this.#report.lost(id);
  }
}

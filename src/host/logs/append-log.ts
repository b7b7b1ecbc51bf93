/**
 * Appends lines to a file that other programs rotate. Writes the lines of one turn of the event loop in one call.
 * Checks once a second whether the path leads to another file.
 */
import { reasonOf } from "../explain-system-error.ts";
import { closeSync, fstatSync, openSync, statSync, writeSync } from "node:fs";

export interface AppendLogOptions {
  /** Called for the first of consecutive failed writes. */
  readonly onFailure: (reason: string) => void;
  /** A clock that never goes back, in milliseconds. */
  readonly monotonic?: () => number;
}

const CHECK_INTERVAL_MS = 1000;
/** Maximum number of buffered characters. Beyond it, lines are written before the end of the turn. */
const MAX_BUFFERED = 65_536;

export class AppendLog {
  readonly #path: string;
  readonly #onFailure: (reason: string) => void;
  readonly #monotonic: () => number;
  #fd: number | undefined;
  #buffer: string[] = [];
  #bufferedLength = 0;
  #checkedAt = 0;
  #isFailing = false;
  #isScheduled = false;

  constructor(path: string, { onFailure, monotonic = () => performance.now() }: AppendLogOptions) {
    this.#path = path;
    this.#onFailure = onFailure;
    this.#monotonic = monotonic;
  }

  write(line: string): void {
    this.#buffer.push(`${line}\n`);
    this.#bufferedLength += line.length + 1;
    if (this.#bufferedLength > MAX_BUFFERED) this.#flush();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => this.#flush());
    }
  }

  /** Closes and reopens the file. Called when a rotating program requests it. */
  reopen(): void {
    this.#flush();
    this.#closeFile();
    // Create a missing file immediately, as rotating programs expect.
    try {
      this.#openFile();
    } catch (error) {
      this.#onFailure(reasonOf(error));
    }
  }

  close(): void {
    this.#flush();
    this.#closeFile();
  }

  #flush(): void {
    this.#isScheduled = false;
    if (this.#buffer.length === 0) return;
    const text = this.#buffer.join("");
    this.#buffer = [];
    this.#bufferedLength = 0;
    try {
      writeSync(this.#openFile(), text);
      this.#isFailing = false;
    } catch (error) {
      this.#closeFile();
      if (!this.#isFailing) this.#onFailure(reasonOf(error));
      this.#isFailing = true;
    }
  }

  /** Returns the descriptor of the file to which the path leads now. */
  #openFile(): number {
    const now = this.#monotonic();
    if (this.#fd !== undefined && now - this.#checkedAt > CHECK_INTERVAL_MS) {
      this.#checkedAt = now;
      if (!hasName(this.#fd, this.#path)) this.#closeFile();
    }
    this.#fd ??= openSync(this.#path, "a", 0o640);
    return this.#fd;
  }

  #closeFile(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

function hasName(fd: number, path: string): boolean {
  const named = statSync(path, { bigint: true, throwIfNoEntry: false });
  const open = fstatSync(fd, { bigint: true });
  return named !== undefined && named.ino === open.ino && named.dev === open.dev;
}

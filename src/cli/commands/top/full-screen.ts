/**
 * Takes over the terminal: alternate screen, no echo, keys one by one. `Symbol.dispose` gives it back as it was, and so
 * does the end of the process, whatever ends it.
 */
import { emitKeypressEvents } from "node:readline";
import type { ReadStream, WriteStream } from "node:tty";
import type { ScreenLine, ScreenSize } from "./draw-top.ts";
import type { Key } from "./press-key.ts";

/** Alternate screen, no cursor, no automatic line break, cleared. */
const ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J";
const LEAVE = "\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l";
const CLEAR = "\u001b[2J";
const RESET = "\u001b[0m";
/** Without color, a row is marked by attributes that every terminal has. */
const STYLES = { plain: "", bold: "\u001b[1m", selected: "\u001b[7m", alarm: "\u001b[1m" } as const;
const RED = "\u001b[1;31m";

export interface FullScreenOptions {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly hasColors: boolean;
  readonly onKey: (key: Key) => void;
  readonly onResize: () => void;
  /** The terminal is gone. */
  readonly onGone: () => void;
}

/** What the terminal reports of a key. */
interface KeyPress {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
}

export class FullScreen implements Disposable {
  readonly #options: FullScreenOptions;
  #drawn: readonly string[] = [];
  #isOpen = true;

  constructor(options: FullScreenOptions) {
    this.#options = options;
    const { input, output, onGone } = options;
    process.once("exit", this.#leave);
    emitKeypressEvents(input);
    input.setRawMode(true);
    input.on("keypress", this.#press);
    input.once("end", onGone);
    input.resume();
    output.on("resize", this.#resize);
    output.write(ENTER);
  }

  get size(): ScreenSize {
    const { columns, rows } = this.#options.output;
    return { columns: columns || 80, rows: rows || 24 };
  }

  /** Writes the lines that changed. */
  draw(lines: readonly ScreenLine[]): void {
    if (!this.#isOpen) return;
    const texts = lines.map((line) => this.#paint(line));
    const changed = texts.flatMap((text, y) =>
      text === this.#drawn[y] ? [] : [`\u001b[${y + 1};1H\u001b[2K${text}`],
    );
    this.#drawn = texts;
    if (changed.length > 0) this.#options.output.write(changed.join(""));
  }

  #paint({ text, style }: ScreenLine): string {
    const code = style === "alarm" && this.#options.hasColors ? RED : STYLES[style];
    return code === "" ? text : `${code}${text}${RESET}`;
  }

  readonly #press = (text: string | undefined, press: KeyPress): void => {
    this.#options.onKey(keyOf(text, press));
  };

  readonly #resize = (): void => {
    this.#drawn = [];
    this.#options.output.write(CLEAR);
    this.#options.onResize();
  };

  readonly #leave = (): void => {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { input, output, onGone } = this.#options;
    input.off("keypress", this.#press);
    input.off("end", onGone);
    output.off("resize", this.#resize);
    input.setRawMode(false);
    input.pause();
    output.write(LEAVE);
  };

  [Symbol.dispose](): void {
    process.off("exit", this.#leave);
    this.#leave();
  }
}

/** Names a key. Exported for its test. */
export function keyOf(text: string | undefined, { name, sequence, ctrl, meta }: KeyPress): Key {
  if (ctrl === true) return { name: `ctrl-${name ?? ""}`, text: undefined };
  const isPrintable =
    text !== undefined &&
    meta !== true &&
    text.length > 0 &&
    !/[\u0000-\u001f\u007f-\u009f]/.test(text);
  const typed = isPrintable ? text : undefined;
  if (name === "enter") return { name: "return", text: undefined };
  // Names of letters are in lower case.
  const isNamed = name !== undefined && name.length > 1;
  return { name: isNamed ? name : (typed ?? sequence ?? ""), text: typed };
}

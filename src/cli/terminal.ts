/** Writes a command's output: results to standard output, everything else to standard error. */
import { styleText } from "node:util";
import { escapeReport, escapeText } from "../telemetry/escape-text.ts";
import { completeCommands, type TypedOptions } from "./complete-commands.ts";
import { wantsColor } from "./color.ts";
import { fitLines } from "./wrap-text.ts";

type Style = Parameters<typeof styleText>[0];

export interface Terminal {
  readonly isTerminal: boolean;
  readonly hasColors: boolean;
  /** Width in columns. */
  readonly width: number;
  /** Writes the text unchanged: JSON, and output for scripts. */
  print(text: string): void;
  /** Writes text for people; on a terminal, lines are wrapped at its width, except longer words. */
  show(text: string): void;
  complain(text: string): void;
  /** Adds the typed options to suggested commands; `show` and `complain` do so themselves. */
  complete(text: string): string;
  /** Returns the text unchanged if colors are disabled. */
  paint(style: Style, text: string): string;
}

export function openTerminal(typed: TypedOptions = {}): Terminal {
  const hasColors = wantsColor(process.stdout, process.env);
  const isTerminal = process.stdout.isTTY === true;
  const width = screenWidth(process.stdout, process.env);
  const complete = (text: string): string => completeCommands(text, typed);
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  return {
    isTerminal,
    hasColors,
    width,
    print,
    show: (text) => print(isTerminal ? fitLines(complete(text), width) : complete(text)),
    complain: (text) => void process.stderr.write(fitErrors(`${complete(text)}\n`)),
    complete,
    paint: (style, text) => (hasColors ? styleText(style, text, { validateStream: false }) : text),
  };
}

/** Wraps a text to the width of standard error, if that is a terminal. */
export function fitErrors(text: string): string {
  return process.stderr.isTTY ? fitLines(text, screenWidth(process.stderr, process.env)) : text;
}

/** Returns the width for tables; undefined: not a terminal, so each row is one line for programs. */
export function widthOf({ isTerminal, width }: Terminal): number | undefined {
  return isTerminal ? width : undefined;
}

const USUAL_WIDTH = 80;
/** Minimum width: tables are unreadable in a narrower terminal. */
const MIN_WIDTH = 40;

/** Returns the width of the terminal, else COLUMNS, else 80. */
export function screenWidth(
  output: { readonly columns?: number },
  env: Readonly<Record<string, string | undefined>>,
): number {
  const { columns } = output;
  const set = /^\d{1,5}$/.test(env["COLUMNS"] ?? "") ? Number(env["COLUMNS"]) : 0;
  return Math.max(MIN_WIDTH, columns || set || USUAL_WIDTH);
}

/** Escapes text from a log, which is hostile and must not reach a terminal unescaped (invariant 8). */
export function safe(text: string): string {
  return escapeText(text);
}

/** Escapes a text of bailiff, with a higher length limit so that its end is shown. */
export function report(text: string): string {
  return escapeReport(text);
}

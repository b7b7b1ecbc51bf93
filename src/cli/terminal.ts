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
  /** Columns of a line. */
  readonly width: number;
  /** Writes the text unchanged: JSON, and output for scripts. */
  print(text: string): void;
  /** For people: on a terminal no line is longer than it, but for a word that is. */
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

/** Wraps a text to the width of standard error. */
export function fitErrors(text: string): string {
  return process.stderr.isTTY ? fitLines(text, screenWidth(process.stderr, process.env)) : text;
}

/** Where the rows of a list are broken; undefined: a row is a line, for it is read by a program. */
export function widthOf({ isTerminal, width }: Terminal): number | undefined {
  return isTerminal ? width : undefined;
}

const USUAL_WIDTH = 80;
/** In a narrower terminal, tables would be unreadable. */
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

/** Log text is hostile: no part of it may reach a terminal unescaped (invariant 8). */
export function safe(text: string): string {
  return escapeText(text);
}

/** bailiff's own words, of which the end matters as well. */
export function report(text: string): string {
  return escapeReport(text);
}

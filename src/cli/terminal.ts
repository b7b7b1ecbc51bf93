/** What a command writes: standard output for results, standard error for everything else. */
import { styleText } from "node:util";
import { escapeText } from "../telemetry/render-event.ts";
import { wantsColor } from "./color.ts";

type Style = Parameters<typeof styleText>[0];

export interface Terminal {
  readonly isTerminal: boolean;
  readonly hasColors: boolean;
  /** Columns of a line. */
  readonly width: number;
  print(text: string): void;
  complain(text: string): void;
  /** Leaves the text as it is where no colors are wanted. */
  paint(style: Style, text: string): string;
}

export function openTerminal(): Terminal {
  const hasColors = wantsColor(process.stdout, process.env);
  return {
    isTerminal: process.stdout.isTTY === true,
    hasColors,
    width: screenWidth(process.stdout, process.env),
    print: (text) => void process.stdout.write(`${text}\n`),
    complain: (text) => void process.stderr.write(`${text}\n`),
    paint: (style, text) => (hasColors ? styleText(style, text, { validateStream: false }) : text),
  };
}

/** Where the rows of a list are broken; undefined: a row is a line, for it is read by a program. */
export function widthOf({ isTerminal, width }: Terminal): number | undefined {
  return isTerminal ? width : undefined;
}

const USUAL_WIDTH = 80;
/** Below it, columns beside each other cannot be read any more. */
const LEAST_WIDTH = 40;

/** Of the terminal, else COLUMNS, else 80. */
export function screenWidth(
  output: { readonly columns?: number },
  env: Readonly<Record<string, string | undefined>>,
): number {
  const { columns } = output;
  const set = /^\d{1,5}$/.test(env["COLUMNS"] ?? "") ? Number(env["COLUMNS"]) : 0;
  return Math.max(LEAST_WIDTH, columns || set || USUAL_WIDTH);
}

/** Log text is hostile: nothing of it may reach a terminal unescaped (invariant 8). */
export function safe(text: string): string {
  return escapeText(text);
}

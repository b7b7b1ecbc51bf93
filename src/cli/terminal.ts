/** What a command writes: standard output for results, standard error for everything else. Colors only on a terminal. */
import { styleText } from "node:util";
import { escapeText } from "../telemetry/render-event.ts";

type Style = Parameters<typeof styleText>[0];

export interface Terminal {
  readonly isTerminal: boolean;
  readonly hasColors: boolean;
  print(text: string): void;
  complain(text: string): void;
  /** Leaves the text as it is when standard output is no terminal (or NO_COLOR is set). */
  paint(style: Style, text: string): string;
}

export function openTerminal(): Terminal {
  const isTerminal = process.stdout.isTTY === true;
  const hasColors = isTerminal && process.env["NO_COLOR"] === undefined;
  return {
    isTerminal,
    hasColors,
    print: (text) => void process.stdout.write(`${text}\n`),
    complain: (text) => void process.stderr.write(`${text}\n`),
    paint: (style, text) => (hasColors ? styleText(style, text, { validateStream: false }) : text),
  };
}

/** Log text is hostile: nothing of it may reach a terminal unescaped (invariant 8). */
export function safe(text: string): string {
  return escapeText(text);
}

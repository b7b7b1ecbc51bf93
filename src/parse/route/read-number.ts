/**
 * Numbers that a line names -> whole numbers within bounds. Whoever writes the log chooses them: a number that nothing
 * can store must not stop what reads the line.
 */
import { MAX_REPEATED } from "../../domain/match.ts";

const DIGITS = /^[0-9]+$/;
const MAX_PORT = 65_535;

/** Attempts the line stands for, 0 to MAX_REPEATED; 1 where it names no number. */
export function readCount(text: string | undefined): number {
  if (text === undefined || !DIGITS.test(text)) return 1;
  return Math.min(Number(text), MAX_REPEATED);
}

/** undefined: no port can have that number. */
export function readPort(text: string | undefined): number | undefined {
  if (text === undefined || !DIGITS.test(text)) return undefined;
  const port = Number(text);
  return port > 0 && port <= MAX_PORT ? port : undefined;
}

/**
 * Parses numbers in a line as integers within bounds. The writer of the log chooses them: a number out of range must
 * not cause an error.
 */
import { MAX_REPEATED } from "../../domain/match.ts";

const DIGITS = /^[0-9]+$/;
const MAX_PORT = 65_535;

/** Reads the number of attempts, from 0 to MAX_REPEATED; 1 if there is no number. */
export function readCount(text: string | undefined): number {
  if (text === undefined || !DIGITS.test(text)) return 1;
  return Math.min(Number(text), MAX_REPEATED);
}

/** Returns undefined if the text is not a valid port. */
export function readPort(text: string | undefined): number | undefined {
  if (text === undefined || !DIGITS.test(text)) return undefined;
  const port = Number(text);
  return port > 0 && port <= MAX_PORT ? port : undefined;
}

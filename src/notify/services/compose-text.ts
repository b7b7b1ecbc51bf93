/**
 * Composes the text of a message, one line for each notice, within the limits of a service. Text from a log is escaped
 * character by character, so that a cut never leaves half of an escape.
 */
import { amount } from "../../domain/amount.ts";
import type { Notice } from "../../domain/notifier.ts";
import type { Message } from "./service.ts";

export interface TextRules {
  /** Maximum length of the text, as `measure` counts it. */
  readonly maxLength: number;
  /** Returns the text that the service shows as this character. */
  readonly escape?: (character: string) => string;
  /** UTF-16 code units by default. */
  readonly measure?: (text: string) => number;
  /** Begins each line. */
  readonly prefix?: string;
}

/** Longest closing line: "(50 more: see the log)". */
const CLOSING_LENGTH = 40;

export function titleOf({ host }: Message): string {
  return `bailiff on ${host}`;
}

/** Returns as many lines as fit. The first one is cut if it does not fit alone. */
export function composeText(message: Message, rules: TextRules): string {
  const { maxLength, measure = lengthOf, prefix = "" } = rules;
  const lines = linesOf(message).map((line) => `${prefix}${line}`);
  const kept: string[] = [];
  let room = maxLength - CLOSING_LENGTH;
  for (const line of lines) {
    const text = kept.length === 0 ? cut(line, room, rules) : escapeAll(line, rules);
    room -= measure(text) + 1;
    if (room < -1 && kept.length > 0) break;
    kept.push(text);
  }
  const left = lines.length - kept.length;
  return [...kept, ...(left === 0 ? [] : [`(${left} more: see the log)`])].join("\n");
}

/** Describes a notice in one line: "sshd is blind: none for 47m (to do: …)". */
export function describeNotice({ jail, state, reason, fix, ip }: Notice): string {
  const about = [jail, state === undefined ? undefined : `is ${state}`, ip].filter(Boolean);
  const subject = about.length === 0 ? "" : `${about.join(" ")}: `;
  const advice = fix === undefined ? "" : ` (to do: ${fix})`;
  return `${subject}${reason}${advice}`;
}

function linesOf({ notices, dropped }: Message): readonly string[] {
  const lines = notices.map(describeNotice);
  return dropped === 0 ? lines : [...lines, `(${amount(dropped, "earlier notice")} dropped)`];
}

function cut(line: string, maxLength: number, rules: TextRules): string {
  const { measure = lengthOf, escape = unchanged } = rules;
  const whole = escapeAll(line, rules);
  if (measure(whole) <= maxLength) return whole;
  let text = "";
  let length = measure("…");
  for (const character of line) {
    const escaped = escape(character);
    length += measure(escaped);
    if (length > maxLength) break;
    text += escaped;
  }
  return `${text}…`;
}

function escapeAll(line: string, { escape }: TextRules): string {
  return escape === undefined ? line : Array.from(line, escape).join("");
}

function unchanged(character: string): string {
  return character;
}

function lengthOf(text: string): number {
  return text.length;
}

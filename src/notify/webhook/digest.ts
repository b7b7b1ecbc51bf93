/**
 * Formats notices as the JSON of one post. Chat services show `text` (Slack, Mattermost, Google Chat, Rocket.Chat); the
 * other fields are for programs. Text from a log is escaped, so that a chat service reads no markup in it.
 */
import { amount } from "../../domain/amount.ts";
import { formatInstant } from "../../domain/instant.ts";
import type { Notice } from "../../domain/notifier.ts";

const MARKS: Readonly<Record<string, string>> = { "<": "‹", ">": "›", "@": "(at)", "`": "'" };

export function renderDigest(host: string, notices: readonly Notice[], dropped: number): string {
  const lines = notices.map(sentence);
  if (dropped > 0) lines.push(`(${amount(dropped, "earlier notice")} dropped)`);
  return JSON.stringify({
    source: "bailiff",
    version: 1,
    host,
    text: lines.map((line) => `bailiff on ${host}: ${line}`).join("\n"),
    notices: notices.map((notice) => ({ ...notice, at: formatInstant(notice.at) })),
    dropped,
  });
}

function sentence({ jail, state, reason, fix, ip }: Notice): string {
  const about = [jail, state === undefined ? undefined : `is ${state}`, ip].filter(Boolean);
  const subject = about.length === 0 ? "" : `${about.join(" ")}: `;
  const advice = fix === undefined ? "" : ` (to do: ${fix})`;
  return `${subject}${reason}${advice}`.replace(/[<>@`]/g, (mark) => MARKS[mark] ?? mark);
}

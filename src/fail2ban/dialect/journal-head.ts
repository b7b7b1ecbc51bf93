import type { LineFields } from "../../domain/line-batch.ts";

/** Formats a journal entry as the line that fail2ban's filters expect. */
export function withJournalHead(text: string, { host, program, pid }: LineFields): string {
  const tag = pid > 0 ? `${program}[${pid}]` : program;
  return `${host} ${tag}: ${text}`;
}

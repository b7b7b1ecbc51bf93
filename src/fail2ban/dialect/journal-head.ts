import type { LineFields } from "../../domain/line-batch.ts";

/** An entry of the journal as fail2ban writes it out for its filters. */
export function withJournalHead(text: string, { host, program, pid }: LineFields): string {
  const tag = pid > 0 ? `${program}[${pid}]` : program;
  return `${host} ${tag}: ${text}`;
}

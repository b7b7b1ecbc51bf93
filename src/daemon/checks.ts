/** Every check of a jail's links: the one place that lists them. */
import type { BanBook } from "../domain/ban-book.ts";
import { createFirewallCheck } from "./check-firewall.ts";
import { createRecordCheck } from "./check-record.ts";
import { createSourceCheck } from "./check-source.ts";
import type { Firewall } from "./firewall.ts";
import type { JailCheck } from "./jail-check.ts";

export interface ChecksOptions {
  readonly book: BanBook;
  /** Why the book is in memory only. */
  readonly recordMissing: string | undefined;
  readonly firewall: Firewall;
}

export function createChecks({
  book,
  recordMissing,
  firewall,
}: ChecksOptions): readonly JailCheck[] {
  return [
    createSourceCheck(),
    createRecordCheck(book, recordMissing),
    createFirewallCheck(firewall),
  ];
}

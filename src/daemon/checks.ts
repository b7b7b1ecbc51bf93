/** Every check of a jail's links: the one place that lists them. */
import type { BanBook } from "../domain/ban-book.ts";
import { createFirewallCheck } from "./check-firewall.ts";
import { createPathCheck } from "./check-path.ts";
import { createRecordCheck } from "./check-record.ts";
import { createSourceCheck } from "./check-source.ts";
import type { Firewall } from "./firewall.ts";
import type { JailCheck } from "./jail-check.ts";
import type { PathLookOptions } from "./look-at-path.ts";

export interface ChecksOptions {
  readonly book: BanBook;
  /** Why the book is in memory only. */
  readonly recordMissing: string | undefined;
  readonly firewall: Firewall;
  readonly path: Omit<PathLookOptions, "book">;
}

export function createChecks({
  book,
  recordMissing,
  firewall,
  path,
}: ChecksOptions): readonly JailCheck[] {
  return [
    createSourceCheck(),
    createRecordCheck(book, recordMissing),
    // Before the firewall's own: why it cannot be changed comes before that it cannot.
    createPathCheck({ ...path, book }),
    createFirewallCheck(firewall),
  ];
}

import { join } from "node:path";
import type { Config } from "../config/config.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Clock } from "../domain/clock.ts";
import { CodedError } from "../domain/errors.ts";
import { openBook } from "../record/open-book.ts";
import type { Emit } from "../telemetry/events.ts";

/**
 * A host that protects without memory is better than one that does not protect: where no database can be made, the
 * book lives as long as the daemon. A database of somebody else, or of a newer version, is left alone and ends the start.
 */
export function openAnyBook(
  { daemon }: Config,
  { clock, emit }: { readonly clock: Clock; readonly emit: Emit },
): { readonly book: BanBook; readonly missing: string | undefined } {
  const rest = { clock, emit, retention: { audit: daemon.audit_keep, history: daemon.audit_keep } };
  try {
    return {
      book: openBook({ path: join(daemon.state, "bailiff.db"), ...rest }),
      missing: undefined,
    };
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== "record-unavailable") throw error;
    emit({ event: "record-failed", reason: error.message, unsaved: 0 });
    return { book: openBook({ path: ":memory:", ...rest }), missing: error.message };
  }
}

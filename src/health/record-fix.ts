/** States what to do about a ban book that is not on disk as it should be. */
import type { DegradedBook } from "../domain/ban-book.ts";

type Trouble = Pick<DegradedBook, "kind">;

const FIXES: { readonly [kind in Trouble["kind"]]: string } = {
  disk: "free disk space and make the state directory writable (daemon.state)",
  damaged:
    "wait until the database is written again; let no other program write to the state directory (daemon.state)",
  replaced: "restart bailiff to use that file; let no other program write to the state directory",
};

export function recordFix({ kind }: Trouble): string {
  return FIXES[kind];
}

/**
 * Decides whether lines show a service, where other programs may write lines under the same name: only if a rule of its
 * filter recognizes a login, or a failed one, of a peer that the line names.
 */
import type { FilterHead } from "../../domain/filter-definition.ts";
import { systemClock } from "../../host/system-clock.ts";
import { compileFilter } from "../../parse/filter/compile-filter.ts";
import { createLineRouter } from "../../parse/route/line-router.ts";
import { loadFilter, loadFilters } from "../load-filters.ts";

/** `kind` of the log: "system" has headers of a syslog daemon, and lines of many programs; "own" belongs to the filter. */
export async function showsLogin(
  { path }: FilterHead,
  { text, kind }: { readonly text: string; readonly kind: "system" | "own" },
): Promise<boolean> {
  const definition = await loadFilter(path, () => loadFilters([]));
  const filter = definition.ok ? compileFilter(definition.value, "normal") : undefined;
  // A filter with mistakes is reported where it is used.
  if (filter === undefined || !filter.ok) return false;
  const owns = kind === "own" ? () => true : undefined;
  const router = createLineRouter([{ filter: filter.value, accepts: undefined, owns }], () => 0);
  let isShown = false;
  const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
  router.route(batch, systemClock.now(), {
    matched(_entry, { kind: meaning, ip, host }) {
      const isLogin = meaning === "failure" || meaning === "success";
      if (isLogin && (ip ?? host) !== undefined) isShown = true;
    },
    unrecognized() {},
  });
  return isShown;
}

/** Shows the newest events as they happen. */
import { type ComponentChild, h } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { LiveEvent } from "../web-messages.ts";
import { amountOf, formatTimeOfDay, sentence } from "./format.ts";
import { onLive } from "./live.ts";
import { Panel } from "./shared-parts.ts";

/** Number of events shown. */
const SHOWN = 12;

export interface RecentEvents {
  /** Newest first. */
  readonly events: readonly (LiveEvent & { readonly key: number })[];
  readonly missed: number;
  readonly count: number;
}

/** Collects events while the page is open, whichever view is shown. */
export function useRecentEvents(): RecentEvents {
  const [recent, setRecent] = useState<RecentEvents>({ events: [], missed: 0, count: 0 });
  useEffect(
    () =>
      onLive((batch) =>
        setRecent((before) => {
          const fresh = batch.events.map((event, i) => ({ ...event, key: before.count + i }));
          return {
            events: [...fresh.toReversed(), ...before.events].slice(0, SHOWN),
            missed: batch.missed,
            count: before.count + fresh.length,
          };
        }),
      ),
    [],
  );
  return recent;
}

export function LivePanel({ recent }: { readonly recent: RecentEvents }): ComponentChild {
  const { events, missed } = recent;
  const rows = events.map(({ key, at, level, word, text }) =>
    h(
      "li",
      { key, class: level },
      h("time", { dateTime: at }, formatTimeOfDay(at)),
      h("b", null, sentence(word)),
      h("span", null, sentence(text)),
    ),
  );
  const left =
    missed === 0 ? null : h("p", { class: "note" }, `${amountOf(missed, "event")} left out.`);
  return h(
    Panel,
    { title: "Live" },
    rows.length === 0
      ? h("p", { class: "note" }, "No events yet. They appear here as they happen.")
      : h("ol", { class: "live" }, rows),
    left,
  );
}

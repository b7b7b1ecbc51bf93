/** Shows the newest events as they happen. */
import { type ComponentChild, h } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { LiveEvent } from "../web-messages.ts";
import { amountOf, formatTimeOfDay, sentence } from "./format.ts";
import { onLive } from "./live.ts";
import { Panel } from "./shared-parts.ts";

/** Number of events shown. */
const SHOWN = 12;

interface Shown {
  readonly events: readonly (LiveEvent & { readonly key: number })[];
  readonly missed: number;
  readonly count: number;
}

export function LivePanel(): ComponentChild {
  const [{ events, missed }, setShown] = useState<Shown>({ events: [], missed: 0, count: 0 });
  useEffect(
    () =>
      onLive((batch) =>
        setShown((before) => {
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
      ? h("p", { class: "note" }, "Nothing happened since this page was opened.")
      : h("ol", { class: "live" }, rows),
    left,
  );
}

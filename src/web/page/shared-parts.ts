/** Small parts that several views use. */
import { type ComponentChild, type ComponentChildren, h } from "preact";
import type { ApiError } from "./api.ts";
import { formatDistance, formatWhen, sentence } from "./format.ts";
import { toneOf } from "./truth.ts";

export function Badge({ state }: { readonly state: string }): ComponentChild {
  return h("span", { class: `badge ${toneOf(state)}` }, state);
}

/** A time relative to now, with the absolute one as title. */
export function When({ iso, now }: { readonly iso: string; readonly now: number }): ComponentChild {
  return h("time", { dateTime: iso, title: formatWhen(iso) }, formatDistance(iso, now));
}

export function Panel(props: {
  readonly title: string;
  readonly note?: ComponentChild;
  readonly class?: string;
  readonly children?: ComponentChildren;
}): ComponentChild {
  const note = props.note === undefined ? null : h("p", { class: "note" }, props.note);
  return h(
    "section",
    { class: `panel ${props.class ?? ""}` },
    h("h2", null, props.title),
    note,
    props.children,
  );
}

/** Names and values, one pair on a line. */
export function Facts({
  facts,
}: {
  readonly facts: readonly (readonly [string, ComponentChild])[];
}): ComponentChild {
  return h(
    "dl",
    null,
    facts.map(([name, value], i) => [
      h("dt", { key: `${i} name` }, name),
      h("dd", { key: `${i} value` }, value),
    ]),
  );
}

/** A panel with sentences; nothing without any. */
export function List({
  title,
  items,
}: {
  readonly title: string;
  readonly items: readonly string[];
}): ComponentChild {
  if (items.length === 0) return null;
  const rows = items.map((item) => h("li", { key: item }, sentence(item)));
  return h(Panel, { title }, h("ul", null, rows));
}

/** Says that what is shown is old or missing, why, and what to do. */
export function Trouble({ error }: { readonly error: ApiError | undefined }): ComponentChild {
  if (error === undefined) return null;
  const hint = error.hint === null ? null : h("p", { class: "fix" }, sentence(error.hint));
  return h(
    "div",
    { class: "truth bad", role: "alert" },
    h("p", { class: "headline" }, sentence(error.message)),
    hint,
  );
}

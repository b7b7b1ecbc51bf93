/** Shows which addresses, accounts or networks failed most often, with a bar for each. */
import { h, type ComponentChild } from "preact";
import type { StatsTopReply } from "../../control/stats-messages.ts";
import { formatCount, visible } from "./format.ts";
import { urlOf } from "./route.ts";
import { Panel } from "./shared-parts.ts";

interface Top extends Pick<StatsTopReply, "key" | "failures" | "error"> {
  readonly facts: Pick<StatsTopReply["facts"], "country" | "organization">;
}

/** `isSubject`: whether the keys are addresses or networks, which can be searched. */
export function TopList({
  title,
  list,
  isSubject,
}: {
  readonly title: string;
  readonly list: readonly Top[];
  readonly isSubject: boolean;
}): ComponentChild {
  const most = Math.max(1, ...list.map(({ failures }) => failures));
  const rows = list.map(({ key, failures, error, facts }) => {
    const name = isSubject
      ? h("a", { href: urlOf("address", { subject: key }) }, key)
      : h("span", null, visible(key));
    const place = [facts.country, facts.organization].filter((one) => one !== null).join(" ");
    // At most 20 classes, because the policy of the page allows no style in an attribute.
    const share = Math.max(1, Math.round((20 * failures) / most));
    return h(
      "li",
      { key },
      h("span", { class: `bar share-${share}`, "aria-hidden": "true" }),
      h(
        "span",
        { class: "key" },
        name,
        place === "" ? null : h("small", null, ` ${visible(place)}`),
      ),
      h("span", { class: "number" }, `${error > 0 ? "≤ " : ""}${formatCount(failures)}`),
    );
  });
  const content =
    rows.length === 0 ? h("p", { class: "note" }, "No failures.") : h("ol", null, rows);
  return h(Panel, { title, class: "top" }, content);
}

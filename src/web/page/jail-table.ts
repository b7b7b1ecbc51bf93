/** Shows the jails, each with its chain of links from a log line to a dropped packet. */
import { h, type ComponentChild } from "preact";
import type { LinkReply } from "../../control/link-messages.ts";
import type { JailReply } from "../../control/status-messages.ts";
import { LINKS } from "../../domain/proof.ts";
import { formatCount, formatDistance, sentence } from "./format.ts";
import { urlOf } from "./route.ts";
import { Badge, When } from "./shared-parts.ts";

const VERDICTS = { proven: "proven", found: "a fault", unproven: "not verified" } as const;

export function JailTable({
  jails,
  now,
}: {
  readonly jails: readonly JailReply[];
  readonly now: number;
}): ComponentChild {
  return [h(Jails, { key: "jails", jails, now }), h(Legend, { key: "legend" })];
}

function Jails({
  jails,
  now,
}: {
  readonly jails: readonly JailReply[];
  readonly now: number;
}): ComponentChild {
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      { class: "jails" },
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          h("th", { scope: "col" }, "Jail"),
          h("th", { scope: "col" }, "State"),
          h("th", { scope: "col" }, h("span", { class: "hidden" }, "Links"), h(LinkNames, null)),
          h("th", { scope: "col", class: "number" }, "Failures"),
          h("th", { scope: "col", class: "number" }, "Banned"),
          h("th", { scope: "col" }, "Last line"),
        ),
      ),
      h(
        "tbody",
        null,
        jails.map((jail) => h(JailRow, { key: jail.name, jail, now })),
      ),
    ),
  );
}

/** Explains the marks of the links, which are colored shapes without a word. */
function Legend(): ComponentChild {
  return h(
    "p",
    { class: "note legend" },
    "Links from a log line to a dropped packet:",
    Object.entries(VERDICTS).map(([verdict, name]) =>
      h("span", { key: verdict, class: `link ${verdict}` }, name),
    ),
  );
}

function LinkNames(): ComponentChild {
  return h(
    "span",
    { class: "chain names", "aria-hidden": "true" },
    LINKS.map((link) => h("span", { key: link }, link)),
  );
}

function JailRow({
  jail,
  now,
}: {
  readonly jail: JailReply;
  readonly now: number;
}): ComponentChild {
  const last = jail.sources
    .flatMap(({ last_line_at: at }) => at ?? [])
    .toSorted()
    .at(-1);
  return h(
    "tr",
    null,
    h("th", { scope: "row" }, h("a", { href: urlOf("jails", { jail: jail.name }) }, jail.name)),
    h("td", null, h(Badge, { state: jail.state })),
    h("td", null, h(Chain, { links: jail.links, now })),
    h("td", { class: "number", "data-name": "Failures" }, formatCount(jail.failures)),
    h("td", { class: "number", "data-name": "Banned" }, formatCount(jail.banned)),
    h(
      "td",
      { "data-name": "Last line" },
      last === undefined ? "none yet" : h(When, { iso: last, now }),
    ),
  );
}

function Chain({
  links,
  now,
}: {
  readonly links: readonly LinkReply[];
  readonly now: number;
}): ComponentChild {
  return h(
    "ol",
    { class: "chain" },
    LINKS.map((name) => {
      const link = links.find((one) => one.link === name);
      if (link === undefined) return h("li", { key: name, class: "absent" });
      const text = describeLink(link, now);
      return h(
        "li",
        { key: name, class: link.verdict, title: text },
        h("span", { class: "hidden" }, text),
      );
    }),
  );
}

function describeLink({ link, verdict, evidence, at }: LinkReply, now: number): string {
  const age = at === null ? "" : ` ${formatDistance(at, now)}`;
  return `${link}: ${VERDICTS[verdict]}${age}. ${sentence(evidence)}`;
}

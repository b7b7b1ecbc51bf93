/** Shows bans as a table; on a narrow screen each ban is a card. */
import { h, type ComponentChild } from "preact";
import type { BanReply } from "../../control/ban-messages.ts";
import type { AskedAction } from "./ban-actions.ts";
import { formatCount, sentence } from "./format.ts";
import { AddressLink } from "./history-tables.ts";
import { When } from "./shared-parts.ts";

export interface BanOrder {
  readonly sort: string;
  readonly isAscending: boolean;
}

const TONES: { readonly [state in BanReply["state"]]: string } = {
  enforced: "good",
  pending: "warn",
  observed: "",
  actions: "",
};

export function BanTable(props: {
  readonly bans: readonly BanReply[];
  readonly order: BanOrder;
  readonly sortBy: (sort: string) => void;
  readonly now: number;
  /** Asks about an action; undefined: the user may only read. */
  readonly onAsk: ((asked: AskedAction) => void) | undefined;
}): ComponentChild {
  const { bans, order, sortBy, now, onAsk } = props;
  const head = (sort: string, title: string): ComponentChild => {
    const direction = order.isAscending ? "ascending" : "descending";
    return h(
      "th",
      { scope: "col", "aria-sort": sort === order.sort ? direction : "none" },
      h("button", { onClick: () => sortBy(sort) }, title),
    );
  };
  return h(
    "table",
    { class: "bans cards" },
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        head("address", "Address"),
        h("th", { scope: "col" }, "Jail"),
        h("th", { scope: "col" }, "State"),
        head("from", "Banned"),
        head("until", "Ends"),
        h("th", { scope: "col" }, "Why"),
        h("th", { scope: "col", class: "number" }, "Packets"),
        onAsk === undefined
          ? null
          : h("th", { scope: "col" }, h("span", { class: "hidden" }, "Actions")),
      ),
    ),
    h(
      "tbody",
      null,
      bans.map((ban) => h(BanRow, { key: `${ban.subject} ${ban.jail}`, ban, now, onAsk })),
    ),
  );
}

function BanRow(props: {
  readonly ban: BanReply;
  readonly now: number;
  readonly onAsk: ((asked: AskedAction) => void) | undefined;
}): ComponentChild {
  const { ban, now, onAsk } = props;
  const { subject, jail, from, until, reason, state, packets, error } = ban;
  return h(
    "tr",
    null,
    h("th", { scope: "row", class: "address" }, h(AddressLink, { subject })),
    h("td", { "data-name": "Jail" }, jail),
    h(
      "td",
      { "data-name": "State" },
      h(
        "span",
        { class: `badge ${TONES[state]}`, title: error === null ? undefined : sentence(error) },
        state,
      ),
    ),
    h("td", { "data-name": "Banned" }, h(When, { iso: from, now })),
    h("td", { "data-name": "Ends" }, until === null ? "never" : h(When, { iso: until, now })),
    h("td", { "data-name": "Why", class: "why" }, sentence(reason)),
    h(
      "td",
      { "data-name": "Packets", class: "number" },
      packets === null ? "–" : formatCount(packets),
    ),
    onAsk === undefined ? null : h("td", { class: "actions" }, actionsOf(ban, onAsk)),
  );
}

function actionsOf(ban: BanReply, onAsk: (asked: AskedAction) => void): ComponentChild {
  const button = (kind: AskedAction["kind"], text: string): ComponentChild =>
    h(
      "button",
      { onClick: () => onAsk({ kind, ban }) },
      text,
      h("span", { class: "hidden" }, ` ${ban.subject}`),
    );
  return [button("unban", "Unban…"), button("exempt", "Exempt…")];
}

/** Tables of past bans and of the audit. */
import { type ComponentChild, h } from "preact";
import type { PastBanReply } from "../../control/ban-messages.ts";
import type { AuditReply } from "../../control/messages.ts";
import { formatLength, formatWhen, sentence, visible } from "./format.ts";
import { urlOf } from "./route.ts";
import { When } from "./shared-parts.ts";

export function HistoryTable({
  bans,
  now,
}: {
  readonly bans: readonly PastBanReply[];
  readonly now: number;
}): ComponentChild {
  const rows = bans.map((ban) =>
    h(
      "tr",
      { key: `${ban.subject} ${ban.jail} ${ban.from} ${ban.ended}` },
      h("th", { scope: "row", class: "address" }, h(AddressLink, { subject: ban.subject })),
      h("td", { "data-name": "Jail" }, ban.jail),
      h("td", { "data-name": "Ended" }, h(When, { iso: ban.ended, now })),
      h("td", { "data-name": "Lasted" }, lengthOf(ban)),
      h("td", { "data-name": "Why", class: "why" }, sentence(ban.reason)),
      h("td", { "data-name": "End", class: "why" }, describeEnd(ban)),
    ),
  );
  return h(Table, { names: ["Address", "Jail", "Ended", "Lasted", "Why", "End"], rows });
}

function lengthOf({ from, ended }: PastBanReply): string {
  const length = Date.parse(ended) - Date.parse(from);
  return length === 0 ? "unknown" : formatLength(length);
}

function describeEnd({ why, by, note, counts }: PastBanReply): string {
  if (why === "expired") return "expired";
  const reason = note === "" ? "" : `: ${note}`;
  return sentence(`lifted by ${by}${reason}${counts ? "; still counts" : ""}`);
}

export function AuditTable({
  entries,
}: {
  readonly entries: readonly AuditReply[];
}): ComponentChild {
  const rows = entries.map(({ at, action, who, subject, jail, detail }, i) =>
    h(
      "tr",
      { key: `${at} ${i}` },
      h("th", { scope: "row" }, h("time", { dateTime: at }, formatWhen(at))),
      h("td", { "data-name": "What" }, action),
      h("td", { "data-name": "Who" }, visible(who)),
      h(
        "td",
        { "data-name": "Address", class: "address" },
        subject === null ? "–" : h(AddressLink, { subject }),
      ),
      h("td", { "data-name": "Jail" }, jail ?? "–"),
      h("td", { "data-name": "Detail", class: "why" }, sentence(detail)),
    ),
  );
  return h(Table, { names: ["When", "What", "Who", "Address", "Jail", "Detail"], rows });
}

export function AddressLink({ subject }: { readonly subject: string }): ComponentChild {
  return h("a", { href: urlOf("address", { subject }) }, subject);
}

export function Table({
  names,
  rows,
}: {
  readonly names: readonly string[];
  readonly rows: ComponentChild;
}): ComponentChild {
  const head = names.map((name) => h("th", { key: name, scope: "col" }, name));
  return h(
    "table",
    { class: "bans cards" },
    h("thead", null, h("tr", null, head)),
    h("tbody", null, rows),
  );
}

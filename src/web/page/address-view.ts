/** Everything about one address or network: bans with their lines, counts, exemptions, logins, history, and the undo. */
import { type ComponentChild, h } from "preact";
import { useState } from "preact/hooks";
import type { EvidenceReply, WhyBan, WhyReply } from "../../control/ban-messages.ts";
import type { Role } from "../roles.ts";
import { endExemption } from "./actions.ts";
import { AlarmBox } from "./alarm-box.ts";
import { type AskedAction, BanDialog, ConfirmAction, ExtendDialog } from "./ban-actions.ts";
import { amountOf, formatCount, formatTimeOfDay, formatWhen, sentence, visible } from "./format.ts";
import { useNotices } from "./notices.ts";
import { HistoryTable } from "./history-tables.ts";
import { urlOf } from "./route.ts";
import { Facts, List, Panel, Trouble, When } from "./shared-parts.ts";
import { useData, useNow } from "./use-data.ts";

const EVERY_MS = 10_000;

export function AddressView({
  query,
  role,
}: {
  readonly query: URLSearchParams;
  readonly role: Role;
}): ComponentChild {
  const now = useNow();
  const subject = query.get("subject") ?? "";
  const path = `/api/address?${new URLSearchParams({ subject }).toString()}`;
  const { data, error, reload } = useData<WhyReply>(path, EVERY_MS);
  return h(
    "div",
    { class: "view" },
    h("h1", { class: "address" }, visible(data?.subject ?? subject)),
    h(Trouble, { error }),
    data === undefined
      ? null
      : [
          h(Alarms, { key: "alarms", why: data, role, now, reload }),
          h("p", { key: "verdict", class: "verdict" }, sentence(data.verdict)),
          h(Place, { key: "place", facts: data.facts }),
          role === "operator" ? h(Actions, { key: "actions", why: data, reload }) : null,
          data.bans.map((ban) => h(BanPanel, { key: ban.jail, ban, now })),
          h(Sections, { key: "sections", why: data, now }),
        ],
  );
}

function Alarms(props: {
  readonly why: WhyReply;
  readonly role: Role;
  readonly now: number;
  readonly reload: () => void;
}): ComponentChild {
  const { why, role, now, reload } = props;
  const notices = useNotices(reload);
  return [
    h(AlarmBox, {
      key: "alarms",
      ...{ alarms: why.suspected_compromises, now },
      notices: role === "operator" ? notices : undefined,
    }),
    notices.shown,
  ];
}

function Place({ facts }: { readonly facts: WhyReply["facts"] }): ComponentChild {
  const { country, asn, organization } = facts;
  const network = asn === null ? null : `AS${asn}`;
  const known = [country, network, organization].filter((one) => one !== null);
  return known.length === 0 ? null : h("p", { class: "note" }, visible(known.join(" · ")));
}

function Actions({
  why,
  reload,
}: {
  readonly why: WhyReply;
  readonly reload: () => void;
}): ComponentChild {
  const notices = useNotices(reload);
  const [asked, setAsked] = useState<AskedAction | "ban">();
  const [extended, setExtended] = useState<WhyBan>();
  const close = (): void => setAsked(undefined);
  const { subject, bans, allowed_by: allowed } = why;
  return h(
    "div",
    { class: "buttons start" },
    bans.map((ban) => [
      h(
        "button",
        { key: `unban ${ban.jail}`, onClick: () => setAsked({ kind: "unban", ban }) },
        `Unban in ${ban.jail}…`,
      ),
      ban.until === null
        ? null
        : h(
            "button",
            { key: `extend ${ban.jail}`, onClick: () => setExtended(ban) },
            `Extend in ${ban.jail}…`,
          ),
    ]),
    bans.length > 0 ? null : h("button", { onClick: () => setAsked("ban") }, "Ban…"),
    allowed === null
      ? h(
          "button",
          { onClick: () => setAsked({ kind: "exempt", ban: bans[0] ?? { subject } }) },
          "Exempt…",
        )
      : h(
          "button",
          { onClick: () => void notices.run(() => endExemption(subject)) },
          "End exemption",
        ),
    extended === undefined
      ? null
      : h(ExtendDialog, { ban: extended, notices, onClose: () => setExtended(undefined) }),
    asked === "ban"
      ? h(BanDialog, { notices, onClose: close, subject })
      : asked === undefined
        ? null
        : h(ConfirmAction, { asked, notices, onClose: close }),
    notices.shown,
  );
}

function BanPanel({ ban, now }: { readonly ban: WhyBan; readonly now: number }): ComponentChild {
  const { jail, origin, reason, from, until, state, enforcer, packets, rule, error } = ban;
  const facts: readonly (readonly [string, ComponentChild])[] = [
    ["Why", sentence(reason)],
    ["Origin", origin],
    ["Since", [formatWhen(from), " (", h(When, { iso: from, now }), ")"]],
    [
      "Until",
      until === null ? "permanent" : [formatWhen(until), " (", h(When, { iso: until, now }), ")"],
    ],
    ["State", error === null ? `${state} (${enforcer})` : `${state}: ${sentence(error)}`],
    ["Ports", ban.ports],
    ["Packets", packets === null ? "not counted" : `${formatCount(packets)} dropped`],
    ["Last rule", rule === "" ? "none" : rule],
    ["Earlier bans", ban.escalation === 0 ? "none count" : `${ban.escalation} made it longer`],
  ];
  return h(
    Panel,
    { title: `Banned by ${jail}` },
    h(Facts, { facts }),
    h(Evidence, { lines: ban.evidence }),
  );
}

function Evidence({ lines }: { readonly lines: readonly EvidenceReply[] }): ComponentChild {
  if (lines.length === 0) return null;
  return h(
    "ol",
    { class: "lines", "aria-label": "Log lines" },
    lines.map(({ at, line, via, counts }, i) =>
      h(
        "li",
        { key: i },
        h("time", { dateTime: at, title: describeTime(at, via) }, formatTimeOfDay(at)),
        counts > 1 ? ` ×${counts} ` : " ",
        h("code", null, visible(line)),
      ),
    ),
  );
}

/** The line itself usually has its date, in the zone of the host. */
function describeTime(at: string, via: string | null): string {
  return via === null ? formatWhen(at) : `${formatWhen(at)}; ${via}`;
}

function Membership({
  membership,
  now,
}: {
  readonly membership: WhyReply["campaigns"][number];
  readonly now: number;
}): ComponentChild {
  const { campaign, tries, last, reasons } = membership;
  return h(
    "li",
    null,
    h("a", { href: urlOf("campaigns", { name: campaign }) }, campaign),
    `: ${amountOf(tries, "attempt")}, last `,
    h(When, { iso: last, now }),
    ` (${sentence(reasons.join("; "))})`,
  );
}

function Sections({ why, now }: { readonly why: WhyReply; readonly now: number }): ComponentChild {
  return [
    why.allowed_by === null
      ? null
      : h(Panel, { key: "exempt", title: "Exempt" }, h("p", null, sentence(why.allowed_by))),
    why.watching.map(({ jail, failures, of, evidence }) =>
      h(
        Panel,
        { key: jail, title: `Counted by ${jail}: ${failures} of ${amountOf(of, "failure")}` },
        h(Evidence, { lines: evidence }),
      ),
    ),
    why.campaigns.length === 0
      ? null
      : h(
          Panel,
          { key: "campaigns", title: "Member of campaigns" },
          h(
            "ul",
            null,
            why.campaigns.map((one) => h(Membership, { key: one.campaign, membership: one, now })),
          ),
        ),
    h(List, {
      key: "lists",
      title: "Block lists",
      items: why.lists.map(({ list, network }) => `${list} blocks ${network}`),
    }),
    h(List, { key: "guards", title: "Guards", items: why.guards }),
    h(List, {
      key: "ignored",
      title: "Offenses that led to no ban",
      items: why.ignored.map(({ jail, entry, offenses, last_at: last }) => {
        return `${amountOf(offenses, "offense")} in ${jail}, last ${formatWhen(last)}: exempt by ${entry}`;
      }),
    }),
    h(List, {
      key: "logins",
      title: "Logins from there",
      items: why.logins.map(({ account, filter, last, count, key_at: key }) => {
        const how = key === null ? "" : ", with a key";
        return `${account} (${filter}), ${amountOf(count, "login")}, last ${formatWhen(last)}${how}`;
      }),
    }),
    why.history.length === 0
      ? null
      : h(
          Panel,
          { key: "history", title: "Earlier bans" },
          h(HistoryTable, { bans: why.history, now }),
        ),
    why.undo === null
      ? null
      : h(
          Panel,
          { key: "undo", title: "Undo in a terminal" },
          h("pre", null, visible(`sudo ${why.undo}`)),
        ),
  ];
}

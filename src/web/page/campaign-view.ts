/** One campaign: what revealed it, what it tries, its members with why each belongs to it, and the undo of its bans. */
import { h, type ComponentChild } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Role } from "../roles.ts";
import type { CampaignPageReply, CampaignSummary } from "../web-messages.ts";
import { undoCampaign } from "./actions.ts";
import { AlarmBox } from "./alarm-box.ts";
import { hoursOf } from "./campaign-growth.ts";
import { CampaignState, describeBans, WHAT_IT_IS } from "./campaigns-view.ts";
import { CountChart, type CountSeries } from "./count-chart.ts";
import { amountOf, formatCount, formatWhen, sentence } from "./format.ts";
import { AddressLink, Table } from "./history-tables.ts";
import { Dialog, type Notices, useNotices } from "./notices.ts";
import { PageLinks } from "./page-links.ts";
import { urlOf } from "./route.ts";
import { Facts, Panel, Trouble, When } from "./shared-parts.ts";
import { TopList } from "./top-list.ts";
import { useData, useNow } from "./use-data.ts";

const EVERY_MS = 10_000;
/** 10,000 members are kept. */
const LIST = { view: "campaigns", noun: "member", maxOffset: 10_000 } as const;
/** Number of accounts that are shown. */
const MAX_ACCOUNTS = 20;

export function CampaignView(props: {
  readonly name: string;
  readonly query: URLSearchParams;
  readonly role: Role;
}): ComponentChild {
  const { name, query, role } = props;
  const now = useNow();
  const values = Object.fromEntries(query);
  const path = `/api/campaigns/one?${new URLSearchParams(values).toString()}`;
  const { data, error, reload } = useData<CampaignPageReply>(path, EVERY_MS, "timed");
  const notices = useNotices(reload);
  const operator = role === "operator" ? notices : undefined;
  return h(
    "div",
    { class: "view" },
    h(
      "div",
      { class: "title" },
      h("h1", null, data?.campaign.name ?? name),
      h("a", { href: urlOf("campaigns", {}) }, "All campaigns"),
    ),
    h(Trouble, { error }),
    data === undefined
      ? null
      : [
          h(AlarmBox, {
            key: "alarms",
            ...{ alarms: data.campaign.suspected_compromises, now, isComplete: true },
            notices: operator,
          }),
          h(About, { key: "about", data, now, operator }),
          h(Growth, { key: "growth", growth: data.campaign.growth }),
          h(Targets, { key: "targets", campaign: data.campaign }),
          h(Members, { key: "members", data, values, now }),
        ],
    notices.shown,
  );
}

function About(props: {
  readonly data: CampaignPageReply;
  readonly now: number;
  readonly operator: Notices | undefined;
}): ComponentChild {
  const { data, now, operator } = props;
  const { campaign } = data;
  const { jail, began, found, last, ended, signs, sources, tries, banned } = campaign;
  const time = (iso: string): ComponentChild => [formatWhen(iso), " (", h(When, { iso, now }), ")"];
  const signList = h(
    "ul",
    { class: "plain" },
    signs.map((sign) => h("li", { key: sign }, sentence(sign))),
  );
  const facts: readonly (readonly [string, ComponentChild])[] = [
    ["State", h(CampaignState, { campaign })],
    ["Jail", h("a", { href: urlOf("jails", { jail }) }, jail)],
    ["Extent", `${amountOf(sources, "address", "addresses")} with ${amountOf(tries, "attempt")}`],
    ["Unusual", signList],
    ["Began", time(began)],
    ["Found", time(found)],
    ["Last attempt", time(last)],
    ...(ended === null ? [] : [["Ended", time(ended)] as const]),
    ["Done", h(Done, { data })],
  ];
  return h(
    Panel,
    { title: "About it", note: WHAT_IT_IS },
    h(Facts, { facts }),
    operator === undefined || banned === 0 ? null : h(UndoButton, { campaign, notices: operator }),
  );
}

function Done({
  data: { campaign, detectors },
}: {
  readonly data: CampaignPageReply;
}): ComponentChild {
  const networks = campaign.banned_networks.map((subject, i) => [
    i === 0 ? ": " : ", ",
    h(AddressLink, { key: subject, subject }),
  ]);
  const isActing =
    detectors === null || detectors.campaigns === "act" || detectors.accounts === "act";
  return [
    describeBans(campaign),
    networks,
    isActing ? "" : `; the detectors of ${campaign.jail} ban no members, as configured`,
  ];
}

function UndoButton({
  campaign,
  notices,
}: {
  readonly campaign: CampaignSummary;
  readonly notices: Notices;
}): ComponentChild {
  const [isAsked, setAsked] = useState(false);
  const { name, jail, banned } = campaign;
  const confirm = (): void => {
    setAsked(false);
    void notices.run(() => undoCampaign(name));
  };
  return h(
    "div",
    { class: "buttons start" },
    h("button", { onClick: () => setAsked(true) }, "Undo all of it…"),
    isAsked
      ? h(
          Dialog,
          {
            ...{ title: `Lift all bans of ${name}?`, confirm: "Lift all bans" },
            ...{ onConfirm: confirm, onClose: () => setAsked(false) },
          },
          h(
            "p",
            null,
            `${amountOf(banned, "address is", "addresses are")} unbanned in ${jail}, and networks that contain one of them. An address that fails again may be banned again.`,
          ),
          h(
            "p",
            { class: "note" },
            "Bans that are lifted within a day count as wrong, and a detector with too many wrong bans only reports. This cannot be undone.",
          ),
        )
      : null,
  );
}

function Growth({ growth }: Pick<CampaignSummary, "growth">): ComponentChild {
  const series = useMemo((): CountSeries => {
    return { title: "New members", ...hoursOf(growth), color: "--bad" };
  }, [JSON.stringify(growth)]);
  return h(Panel, { title: "Growth" }, h(CountChart, { series }));
}

function Targets({ campaign }: { readonly campaign: CampaignSummary }): ComponentChild {
  const { targets, other_tries: others } = campaign;
  const list = targets.slice(0, MAX_ACCOUNTS).map(({ account, tries }) => ({
    ...{ key: account, failures: tries, error: 0 },
    facts: { country: null, organization: null },
  }));
  const more = targets.length - list.length;
  const notes = [
    more > 0 ? amountOf(more, "more account") : "",
    others > 0 ? `${amountOf(others, "attempt")} for accounts that are not kept` : "",
  ].filter((text) => text !== "");
  return [
    h(TopList, { title: "Accounts", list, isSubject: false }),
    notes.length === 0 ? null : h("p", { class: "note" }, `and ${notes.join(", and ")}`),
  ];
}

function Members(props: {
  readonly data: CampaignPageReply;
  readonly values: Readonly<Record<string, string>>;
  readonly now: number;
}): ComponentChild {
  const { data, values, now } = props;
  const { sources, members_not_kept: missing } = data.campaign;
  const rows = data.members.map(({ subject, tries, first, last, reasons, is_banned: isBanned }) =>
    h(
      "tr",
      { key: subject },
      h("th", { scope: "row", class: "address" }, h(AddressLink, { subject })),
      h("td", { "data-name": "Attempts" }, formatCount(tries)),
      h("td", { "data-name": "First" }, h(When, { iso: first, now })),
      h("td", { "data-name": "Last" }, h(When, { iso: last, now })),
      h(
        "td",
        { "data-name": "Banned" },
        isBanned ? h("span", { class: "badge good" }, "banned") : "no",
      ),
      h("td", { "data-name": "Why", class: "why" }, sentence(reasons.join("; "))),
    ),
  );
  return h(
    "section",
    { class: "view" },
    h("h2", null, "Members"),
    h(PageLinks, { ...LIST, values, found: sources - missing }),
    rows.length === 0
      ? h("p", { class: "note" }, "No member here.")
      : h(Table, { names: ["Address", "Attempts", "First", "Last", "Banned", "Why"], rows }),
    missing === 0
      ? null
      : h("p", { class: "note" }, `${amountOf(missing, "further member")} only counted.`),
  );
}

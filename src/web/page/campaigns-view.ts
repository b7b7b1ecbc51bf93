/** Lists campaigns, with alarms above, and below which detectors look for them. */
import { h, type ComponentChild } from "preact";
import type { JailReply } from "../../control/status-messages.ts";
import type { Role } from "../roles.ts";
import type { CampaignsReply, CampaignSummary } from "../web-messages.ts";
import { AlarmBox } from "./alarm-box.ts";
import { GrowthPicture } from "./campaign-growth.ts";
import { amountOf, formatCount, visible } from "./format.ts";
import { Table } from "./history-tables.ts";
import { useNotices } from "./notices.ts";
import { urlOf } from "./route.ts";
import { List, Panel, Trouble, When } from "./shared-parts.ts";
import { useData, useNow } from "./use-data.ts";

const EVERY_MS = 10_000;

export const WHAT_IT_IS =
  "A campaign is an attack from many addresses that each try little, so that none of them reaches maxretry.";

export function CampaignsView({ role }: { readonly role: Role }): ComponentChild {
  const now = useNow();
  const { data, error, reload } = useData<CampaignsReply>("/api/campaigns", EVERY_MS, "timed");
  const notices = useNotices(reload);
  return h(
    "div",
    { class: "view" },
    h("h1", null, "Campaigns"),
    h(Trouble, { error }),
    data === undefined
      ? error === undefined
        ? h("p", { class: "note", role: "status" }, "Loading…")
        : null
      : [
          h(AlarmBox, {
            key: "alarms",
            ...{ alarms: data.status.suspected_compromises, now, isComplete: true },
            notices: role === "operator" ? notices : undefined,
          }),
          data.campaigns.length === 0
            ? h(Nothing, { key: "nothing" })
            : h(CampaignTable, { key: "list", campaigns: data.campaigns, now }),
          h(Detectors, { key: "detectors", jails: data.status.jails }),
          h(List, {
            key: "demoted",
            title: "Detectors that only report",
            items: data.status.demoted_detectors,
          }),
        ],
    notices.shown,
  );
}

function Nothing(): ComponentChild {
  return h(
    "div",
    { class: "panel" },
    h("p", { class: "headline", role: "status" }, "No campaign in the last 30 days."),
    h("p", { class: "note" }, WHAT_IT_IS),
    h(
      "p",
      { class: "note" },
      "It is found because more happens at a jail than usual. What is usual is known after two days, and which accounts are new after four.",
    ),
  );
}

function CampaignTable({
  campaigns,
  now,
}: {
  readonly campaigns: readonly CampaignSummary[];
  readonly now: number;
}): ComponentChild {
  const missing = campaigns[0]?.campaigns_not_kept ?? 0;
  const names = ["Campaign", "State", "Target", "Addresses", "Attempts", "Began", "Last attempt"];
  const rows = campaigns.map((one) => h(CampaignRow, { key: one.name, campaign: one, now }));
  return [
    h(Table, { names: [...names, "Growth", "Done"], rows }),
    missing === 0
      ? null
      : h("p", { class: "note" }, `and ${amountOf(missing, "older one")}, not kept`),
  ];
}

function CampaignRow({
  campaign,
  now,
}: {
  readonly campaign: CampaignSummary;
  readonly now: number;
}): ComponentChild {
  const { name, jail, began, last, sources, tries, targets, growth } = campaign;
  const accounts = targets.map(({ account }) => visible(account)).join(", ");
  return h(
    "tr",
    null,
    h("th", { scope: "row" }, h("a", { href: urlOf("campaigns", { name }) }, name)),
    h("td", { "data-name": "State" }, h(CampaignState, { campaign })),
    h(
      "td",
      { "data-name": "Target", class: "why" },
      accounts === "" ? jail : `${jail}: ${accounts}`,
    ),
    h("td", { "data-name": "Addresses" }, formatCount(sources)),
    h("td", { "data-name": "Attempts" }, formatCount(tries)),
    h("td", { "data-name": "Began" }, h(When, { iso: began, now })),
    h("td", { "data-name": "Last attempt" }, h(When, { iso: last, now })),
    h("td", { "data-name": "Growth" }, h(GrowthPicture, { growth })),
    h("td", { "data-name": "Done" }, describeBans(campaign)),
  );
}

export function CampaignState({
  campaign: { ended },
}: {
  readonly campaign: Pick<CampaignSummary, "ended">;
}): ComponentChild {
  return ended === null
    ? h("span", { class: "badge warn" }, "running")
    : h("span", { class: "badge" }, "ended");
}

/** Says what was done about a campaign, as far as it is in effect now. */
export function describeBans({
  banned,
  banned_networks: networks,
}: Pick<CampaignSummary, "banned" | "banned_networks">): string {
  const both = [
    banned === 0 ? "" : amountOf(banned, "address", "addresses"),
    networks.length === 0 ? "" : amountOf(networks.length, "network"),
  ].filter((text) => text !== "");
  return both.length === 0 ? "nothing banned" : `${both.join(" and ")} banned`;
}

const MODES = {
  act: "bans members",
  report: "only reports",
  off: "off",
} as const;

function Detectors({ jails }: { readonly jails: readonly JailReply[] }): ComponentChild {
  const rows = jails.map(({ name, detectors: { campaigns, accounts } }) =>
    h(
      "tr",
      { key: name },
      h("th", { scope: "row" }, h("a", { href: urlOf("jails", { jail: name }) }, name)),
      h("td", { "data-name": "campaigns" }, h(Mode, { mode: campaigns })),
      h("td", { "data-name": "accounts" }, h(Mode, { mode: accounts })),
    ),
  );
  const note =
    '"campaigns" looks for unusually many new addresses, "accounts" for an account that many addresses try, and for few passwords tried for many accounts. Set each in [jails.NAME.detect] or [defaults.detect], then: bailiff reload';
  return h(
    Panel,
    { title: "Detectors", note },
    h(Table, { names: ["Jail", "campaigns", "accounts"], rows }),
  );
}

function Mode({ mode }: { readonly mode: keyof typeof MODES }): ComponentChild {
  return [h("span", { class: "badge" }, mode), ` ${MODES[mode]}`];
}

/** Campaigns that have not ended, for the first view. */
export function OpenCampaigns({
  campaigns,
  now,
}: {
  readonly campaigns: readonly CampaignSummary[];
  readonly now: number;
}): ComponentChild {
  const open = campaigns.filter(({ ended }) => ended === null);
  if (open.length === 0) return null;
  const rows = open.map((campaign) => {
    const { name, sources, tries, last } = campaign;
    return h(
      "li",
      { key: name },
      h("a", { href: urlOf("campaigns", { name }) }, name),
      `: ${amountOf(sources, "address", "addresses")} with ${amountOf(tries, "attempt")}, last `,
      h(When, { iso: last, now }),
      `; ${describeBans(campaign)}`,
    );
  });
  return h(Panel, { title: "Running campaigns" }, h("ul", null, rows));
}

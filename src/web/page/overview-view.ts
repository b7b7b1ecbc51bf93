/** The first view: is this host protected, what happens, and is it getting worse. */
import { h, type ComponentChild } from "preact";
import { useMemo } from "preact/hooks";
import type { StatsReply } from "../../control/stats-messages.ts";
import type { Role } from "../roles.ts";
import { type CampaignsReply, type OverviewReply, type Period, PERIODS } from "../web-messages.ts";
import { AlarmBox } from "./alarm-box.ts";
import { OpenCampaigns } from "./campaigns-view.ts";
import { CountChart, type CountSeries } from "./count-chart.ts";
import { amountOf, sentence } from "./format.ts";
import { JailTable } from "./jail-table.ts";
import { urlOf } from "./route.ts";
import { LivePanel, type RecentEvents } from "./live-panel.ts";
import { useNotices } from "./notices.ts";
import { Panel, Trouble, When } from "./shared-parts.ts";
import { TopList } from "./top-list.ts";
import { describeTruth } from "./truth.ts";
import { useData, useNow } from "./use-data.ts";

const EVERY_MS = { overview: 5000, campaigns: 15_000, counts: 60_000 } as const;
const NAMES: { readonly [period in Period]: string } = {
  day: "24 hours",
  week: "7 days",
  month: "30 days",
  years: "2 years",
};

export function OverviewView({
  query,
  role,
  recent,
}: {
  readonly query: URLSearchParams;
  readonly role: Role;
  readonly recent: RecentEvents;
}): ComponentChild {
  const now = useNow();
  const period = PERIODS.find((one) => one === query.get("period")) ?? "day";
  const overview = useData<OverviewReply>("/api/overview", EVERY_MS.overview);
  const counts = useData<StatsReply>(`/api/counts?period=${period}`, EVERY_MS.counts, "timed");
  const { data } = overview;
  const campaigns = useData<CampaignsReply>("/api/campaigns", EVERY_MS.campaigns, "timed");
  const notices = useNotices(overview.reload);
  return h(
    "div",
    { class: "view" },
    h("h1", { class: "hidden" }, "Overview"),
    h(Trouble, { error: overview.error }),
    data === undefined || overview.error !== undefined
      ? null
      : [
          h(AlarmBox, {
            key: "alarms",
            ...{ alarms: data.status.suspected_compromises, now },
            notices: role === "operator" ? notices : undefined,
          }),
          h(TruthBox, { key: "truth", data, now }),
          h(OpenCampaigns, { key: "campaigns", campaigns: campaigns.data?.campaigns ?? [], now }),
        ],
    data === undefined
      ? null
      : h(
          Panel,
          { title: "Jails", note: describeDaemon(data, now) },
          data.status.jails.length === 0 ? null : h(JailTable, { jails: data.status.jails, now }),
          data.status.jails.length === 0
            ? null
            : data.status.looking_for.map(({ name, reason }) =>
                h("p", { key: name, class: "note" }, `Looking for ${name}: ${sentence(reason)}`),
              ),
        ),
    h(LivePanel, { recent }),
    counts.data === undefined && overview.error !== undefined
      ? null
      : h(Counts, { period, counts: counts.data }),
    overview.error === undefined ? h(Trouble, { error: counts.error }) : null,
    notices.shown,
  );
}

function describeDaemon({ status }: OverviewReply, now: number): ComponentChild {
  const { enforcer, version, started_at: started, banned_total: banned } = status;
  const what = enforcer.enforcing
    ? `${enforcer.name} enforces ${amountOf(banned, "ban")}`
    : `${amountOf(banned, "ban")} recorded, and ${enforcer.name} enforces none`;
  return [`bailiff ${version}, started `, h(When, { iso: started, now }), `; ${what}.`];
}

function TruthBox({
  data,
  now,
}: {
  readonly data: OverviewReply;
  readonly now: number;
}): ComponentChild {
  const { tone, headline, details } = describeTruth(data.status, now);
  return h(
    "div",
    { class: `truth ${tone}` },
    h("p", { class: "headline" }, headline),
    details.length === 0
      ? null
      : h(
          "ul",
          null,
          details.map(({ text, fix }) =>
            h(
              "li",
              { key: text },
              sentence(text),
              fix === null ? null : h("p", { class: "fix" }, sentence(fix)),
            ),
          ),
        ),
  );
}

function Counts({
  period,
  counts,
}: {
  readonly period: Period;
  readonly counts: StatsReply | undefined;
}): ComponentChild {
  const series = useMemo(() => (counts === undefined ? [] : seriesOf(counts)), [counts]);
  const choices = PERIODS.map((one) =>
    h(
      "a",
      {
        key: one,
        href: urlOf("overview", { period: one === "day" ? undefined : one }),
        "aria-current": one === period ? "true" : undefined,
      },
      NAMES[one],
    ),
  );
  return h(
    "div",
    { class: "counts" },
    h(
      Panel,
      { title: "Over time", class: "charts" },
      h("nav", { class: "choices", "aria-label": "Period" }, choices),
      series.map((one) => h(CountChart, { key: one.title, series: one })),
    ),
    counts === undefined
      ? null
      : [
          h(TopList, { title: "Addresses", list: counts.top.address, isSubject: true }),
          h(TopList, { title: "Accounts", list: counts.top.user, isSubject: false }),
          h(TopList, { title: "Networks", list: counts.top.network, isSubject: true }),
        ],
  );
}

function seriesOf({ from, step_ms, series }: StatsReply): readonly CountSeries[] {
  const counts = series[0]?.counts;
  if (counts === undefined) return [];
  const begin = Date.parse(from);
  const times = counts.failures.map((_, i) => (begin + i * step_ms) / 1000);
  return [
    { title: "Failures", times, counts: counts.failures, color: "--accent" },
    { title: "Bans", times, counts: counts.bans, color: "--bad" },
  ];
}

/** Answers `metrics`. The number of samples depends on the configuration only, never on what clients send. */
import type { Daemon } from "../../../daemon/daemon.ts";
import type { Instant } from "../../../domain/instant.ts";
import { MANUAL } from "../../../domain/jail-name.ts";
import { JAIL_STATES } from "../../../health/judge/jail-state.ts";
import type { WatchedJail } from "../../../health/jail-check.ts";
import type { EventCounts } from "../../../telemetry/event-counts.ts";
import {
  histogramMetric,
  type MetricReply,
  metricOf,
  singleMetric,
} from "../../../telemetry/metrics.ts";
import { countCompromises } from "../suspected-compromises.ts";
import { describeRules } from "./describe-guards.ts";

export interface MetricFacts {
  readonly version: string;
  readonly startedAt: Instant;
  readonly now: Instant;
  readonly eventCounts: EventCounts;
}

export function describeMetrics(
  daemon: Daemon,
  { version, startedAt, now, eventCounts }: MetricFacts,
): readonly MetricReply[] {
  return [
    singleMetric("bailiff_up", 1),
    metricOf("bailiff_build_info", [{ labels: { version }, value: 1 }]),
    singleMetric("bailiff_start_time_seconds", startedAt / 1000),
    metricOf(
      "bailiff_events_total",
      eventCounts.list().map(([event, value]) => ({ labels: { event }, value })),
    ),
    ...describeStates(daemon),
    describeProofAges(daemon, now),
    ...describeCounts(daemon),
    singleMetric("bailiff_jails_left_out", daemon.fail2ban?.leftOut.length ?? 0),
    singleMetric("bailiff_suspected_compromises", countCompromises(daemon, now)),
    ...describeChannels(daemon),
    histogramMetric("bailiff_line_to_kernel_seconds", daemon.banLatency),
  ];
}

function describeStates(daemon: Daemon): readonly MetricReply[] {
  const judged = daemon.watched().map((watched) => {
    return { jail: nameOf(watched), ...daemon.proofs.judge(watched) };
  });
  return [
    metricOf(
      "bailiff_jail_state",
      judged.flatMap(({ jail, state: present }) =>
        JAIL_STATES.map((state) => ({ labels: { jail, state }, value: state === present ? 1 : 0 })),
      ),
    ),
    metricOf(
      "bailiff_jail_state_since_seconds",
      judged.map(({ jail, since }) => ({ labels: { jail }, value: since / 1000 })),
    ),
  ];
}

function describeProofAges(daemon: Daemon, now: Instant): MetricReply {
  return metricOf(
    "bailiff_jail_proof_age_seconds",
    daemon.watched().flatMap((watched) => {
      const jail = nameOf(watched);
      const links = Map.groupBy(daemon.proofs.of(watched), ({ link }) => link);
      return [...links].flatMap(([link, proofs]) => {
        const ages = proofs.flatMap((proof) => (proof.kind === "proven" ? [now - proof.at] : []));
        // A link with several proofs works if each was seen, and as long ago as the oldest.
        if (ages.length < proofs.length) return [];
        return [{ labels: { jail, link }, value: Math.max(0, ...ages) / 1000 }];
      });
    }),
  );
}

function describeCounts(daemon: Daemon): readonly MetricReply[] {
  const jails = daemon.watched().map(({ live }) => live.jail);
  const bans = daemon.book.countBans();
  const names = new Set([...jails.map(({ name }) => name), MANUAL, ...bans.keys()]);
  const rules = describeRules(daemon);
  return [
    metricOf(
      "bailiff_jail_failures_total",
      jails.map(({ name: jail, failures }) => ({ labels: { jail }, value: failures })),
    ),
    metricOf(
      "bailiff_jail_tracked",
      jails.map(({ name: jail, window }) => ({ labels: { jail }, value: window.tracked })),
    ),
    metricOf(
      "bailiff_bans",
      [...names].map((jail) => ({ labels: { jail }, value: bans.get(jail) ?? 0 })),
    ),
    metricOf(
      "bailiff_limited_rules",
      (["suspended", "limited"] as const).map((state) => ({
        labels: { state },
        value: rules.filter((rule) => rule.state === state).length,
      })),
    ),
  ];
}

function describeChannels({ notices }: Daemon): readonly MetricReply[] {
  const channels = notices.channels().map(({ name, ...status }) => {
    return { labels: { channel: name }, ...status };
  });
  return [
    metricOf(
      "bailiff_channel_failing",
      channels.map(({ labels, trouble }) => ({ labels, value: trouble === undefined ? 0 : 1 })),
    ),
    metricOf(
      "bailiff_notices_waiting",
      channels.map(({ labels, waiting }) => ({ labels, value: waiting })),
    ),
  ];
}

function nameOf({ live }: WatchedJail): string {
  return live.jail.name;
}

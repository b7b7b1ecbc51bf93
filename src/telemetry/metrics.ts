/** Lists every metric. Names follow Prometheus's conventions: base units, and `_total` for counters. */
import type { Histogram } from "./histogram.ts";

export interface MetricKind {
  readonly type: "counter" | "gauge" | "histogram";
  /** One sentence. */
  readonly help: string;
  /** Labels of each sample. Their values are from the configuration or from fixed lists, never from a log. */
  readonly labels: readonly string[];
}

export type MetricName =
  | "bailiff_up"
  | "bailiff_build_info"
  | "bailiff_start_time_seconds"
  | "bailiff_events_total"
  | "bailiff_jail_state"
  | "bailiff_jail_state_since_seconds"
  | "bailiff_jail_proof_age_seconds"
  | "bailiff_jail_failures_total"
  | "bailiff_jail_tracked"
  | "bailiff_bans"
  | "bailiff_limited_rules"
  | "bailiff_jails_left_out"
  | "bailiff_suspected_compromises"
  | "bailiff_channel_failing"
  | "bailiff_notices_waiting"
  | "bailiff_line_to_kernel_seconds";

export const METRICS: Readonly<Record<MetricName, MetricKind>> = {
  bailiff_up: {
    type: "gauge",
    help: "Whether the daemon answered. 0: no other metric is known.",
    labels: [],
  },
  bailiff_build_info: {
    type: "gauge",
    help: "Always 1, with the version of the daemon.",
    labels: ["version"],
  },
  bailiff_start_time_seconds: {
    type: "gauge",
    help: "When the daemon was started, in seconds since 1970. Every counter began at 0 then.",
    labels: [],
  },
  bailiff_events_total: {
    type: "counter",
    help: "Events since the start of the daemon, also those that the log left out.",
    labels: ["event"],
  },
  bailiff_jail_state: {
    type: "gauge",
    help: "1 for the present state of a jail, 0 for every other state.",
    labels: ["jail", "state"],
  },
  bailiff_jail_state_since_seconds: {
    type: "gauge",
    help: "When the present state of a jail began, in seconds since 1970.",
    labels: ["jail"],
  },
  bailiff_jail_proof_age_seconds: {
    type: "gauge",
    help: "Time since a link of a jail was last seen to work. Absent: it is broken, or unproven.",
    labels: ["jail", "link"],
  },
  bailiff_jail_failures_total: {
    type: "counter",
    help: "Failures since a jail was started: with the daemon, or by a reload that changed it.",
    labels: ["jail"],
  },
  bailiff_jail_tracked: {
    type: "gauge",
    help: "Addresses with failures in the window of a jail now.",
    labels: ["jail"],
  },
  bailiff_bans: {
    type: "gauge",
    help: "Current bans in the ban book, also of the jail manual and of jails that no longer run.",
    labels: ["jail"],
  },
  bailiff_limited_rules: {
    type: "gauge",
    help: "Rules that the breaker suspended, or that reached their limit of bans.",
    labels: ["state"],
  },
  bailiff_jails_left_out: {
    type: "gauge",
    help: "Jails of a fail2ban directory that cannot run because of errors.",
    labels: [],
  },
  bailiff_suspected_compromises: {
    type: "gauge",
    help: "Logins that follow guesses and were not acknowledged.",
    labels: [],
  },
  bailiff_channel_failing: {
    type: "gauge",
    help: "1 if a channel did not accept the last notices, 0 if it did or got none.",
    labels: ["channel"],
  },
  bailiff_notices_waiting: {
    type: "gauge",
    help: "Notices that wait to be sent on a channel.",
    labels: ["channel"],
  },
  bailiff_line_to_kernel_seconds: {
    type: "histogram",
    help: "Time from reading the line that led to a ban until every firewall of the jail confirmed the ban.",
    labels: [],
  },
};

/** Values of labels by their names; `le` of a bucket is its limit in seconds. */
export interface MetricLabels {
  readonly [label: string]: string;
}

/** One value. `name`: that of its metric; of a histogram with `_bucket`, `_sum` or `_count` after it. */
export interface MetricSample {
  readonly name: string;
  readonly labels: MetricLabels;
  readonly value: number;
}

/** Stable JSON of a metric with its present values. */
export interface MetricReply {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: readonly MetricSample[];
}

/** Returns a counter or gauge with its values. */
export function metricOf(
  name: MetricName,
  values: readonly Omit<MetricSample, "name">[],
): MetricReply {
  const { type, help } = METRICS[name];
  return { name, type, help, samples: values.map((one) => ({ name, ...one })) };
}

/** Returns a counter or gauge without labels. */
export function singleMetric(name: MetricName, value: number): MetricReply {
  return metricOf(name, [{ labels: {}, value }]);
}

export function histogramMetric(name: MetricName, histogram: Histogram): MetricReply {
  const { type, help } = METRICS[name];
  const bucket = (le: string, value: number): MetricSample => {
    return { name: `${name}_bucket`, labels: { le }, value };
  };
  return {
    ...{ name, type, help },
    samples: [
      ...histogram.buckets().map(({ limit, count }) => bucket(String(limit), count)),
      bucket("+Inf", histogram.count),
      { name: `${name}_sum`, labels: {}, value: histogram.sum },
      { name: `${name}_count`, labels: {}, value: histogram.count },
    ],
  };
}

/** What is known when no daemon answers. */
export const NOT_UP: readonly MetricReply[] = [singleMetric("bailiff_up", 0)];

import assert from "node:assert/strict";
import test from "node:test";
import { Histogram } from "./histogram.ts";
import { histogramMetric, METRICS, metricOf, NOT_UP, singleMetric } from "./metrics.ts";
import { renderMetrics } from "./render-metrics.ts";

test("a metric has its help, its type and a line for each value", () => {
  const values = [
    { labels: { jail: "sshd", state: "blind" }, value: 0 },
    { labels: { jail: "sshd", state: "protecting" }, value: 1 },
  ];
  assert.equal(
    renderMetrics([metricOf("bailiff_jail_state", values), ...NOT_UP], "text"),
    `# HELP bailiff_jail_state ${METRICS.bailiff_jail_state.help}
# TYPE bailiff_jail_state gauge
bailiff_jail_state{jail="sshd",state="blind"} 0
bailiff_jail_state{jail="sshd",state="protecting"} 1
# HELP bailiff_up ${METRICS.bailiff_up.help}
# TYPE bailiff_up gauge
bailiff_up 0
`,
  );
});

test("backslashes, quotes and line breaks of labels and helps are escaped", () => {
  const jail = 'a"b\\c\nd';
  const metric = metricOf("bailiff_bans", [{ labels: { jail }, value: 1.5 }]);
  const text = renderMetrics([{ ...metric, help: 'one\ntwo \\ "three"' }], "text");
  assert.match(text, /^bailiff_bans\{jail="a\\"b\\\\c\\nd"\} 1\.5$/m);
  assert.match(text, /^# HELP bailiff_bans one\\ntwo \\\\ "three"$/m);
});

test("buckets of a histogram count what is at most their limit, and the last one everything", () => {
  const histogram = new Histogram([0.01, 0.1, 1]);
  for (const seconds of [0.01, 0.02, 0.5, 7]) histogram.observe(seconds);
  const text = renderMetrics(
    [histogramMetric("bailiff_line_to_kernel_seconds", histogram)],
    "text",
  );
  assert.deepEqual(text.split("\n").slice(2, -1), [
    'bailiff_line_to_kernel_seconds_bucket{le="0.01"} 1',
    'bailiff_line_to_kernel_seconds_bucket{le="0.1"} 2',
    'bailiff_line_to_kernel_seconds_bucket{le="1"} 3',
    'bailiff_line_to_kernel_seconds_bucket{le="+Inf"} 4',
    "bailiff_line_to_kernel_seconds_sum 7.53",
    "bailiff_line_to_kernel_seconds_count 4",
  ]);
});

test("names end in _total exactly if they are counters", () => {
  for (const [name, { type }] of Object.entries(METRICS))
    assert.equal(name.endsWith("_total"), type === "counter", name);
  assert.equal(singleMetric("bailiff_up", 1).type, "gauge");
});

test("OpenMetrics names a counter without _total, escapes quotes in helps, and ends with EOF", () => {
  const metric = metricOf("bailiff_events_total", [{ labels: { event: "ban" }, value: 1 }]);
  assert.equal(
    renderMetrics([{ ...metric, help: 'the "bans"' }], "openmetrics"),
    `# HELP bailiff_events the \\"bans\\"
# TYPE bailiff_events counter
bailiff_events_total{event="ban"} 1
# EOF
`,
  );
});

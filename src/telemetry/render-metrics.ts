/**
 * Renders metrics in one of the text formats of Prometheus: version 0.0.4, which node_exporter's textfile collector
 * reads (https://prometheus.io/docs/instrumenting/exposition_formats/), and OpenMetrics 1.0.
 */
import type { MetricReply, MetricSample } from "./metrics.ts";

export type MetricsFormat = "text" | "openmetrics";

/** Returns the text, with a newline at its end. */
export function renderMetrics(metrics: readonly MetricReply[], format: MetricsFormat): string {
  const text = metrics.map((metric) => renderMetric(metric, format)).join("");
  return format === "openmetrics" ? `${text}# EOF\n` : text;
}

function renderMetric({ name, help, type, samples }: MetricReply, format: MetricsFormat): string {
  const isOpen = format === "openmetrics";
  // In OpenMetrics, only the samples of a counter end in _total.
  const family = isOpen && type === "counter" ? name.replace(/_total$/, "") : name;
  const lines = [
    `# HELP ${family} ${isOpen ? escapeLabel(help) : escapeHelp(help)}`,
    `# TYPE ${family} ${type}`,
    ...samples.map(renderSample),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function renderSample({ name, labels, value }: MetricSample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

/**
 * Renders metrics in the text format of Prometheus, version 0.0.4, which node_exporter's textfile collector reads:
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import type { MetricReply, MetricSample } from "./metrics.ts";

/** Returns the text, with a newline at its end. */
export function renderMetrics(metrics: readonly MetricReply[]): string {
  return metrics.map(renderMetric).join("");
}

function renderMetric({ name, help, type, samples }: MetricReply): string {
  const lines = [
    `# HELP ${name} ${escapeHelp(help)}`,
    `# TYPE ${name} ${type}`,
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

/** Renders a report as one HTML page that loads nothing and can be printed. */
import type { Bar } from "../bar-chart.ts";
import { escapeHtml, renderPage, renderTable } from "../html-page.ts";
import type { Block, Section, Step } from "./document.ts";

const STYLE = `:root { --count: #2563eb; --gap: #d0d7de; }
@media (prefers-color-scheme: dark) { :root { --count: #79a8ff; --gap: #3d444d; } }
h2 { margin-top: 2.5rem; }
table { margin-bottom: 1rem; }
th, td { text-align: left; vertical-align: top; }
.facts th { white-space: nowrap; }
.count { fill: var(--count); } .gap { fill: var(--gap); }
td.bar { width: 40%; } td.bar svg { height: .8rem; display: block; }
@media print {
  :root { color-scheme: light; --ink: #000; --paper: #fff; --faint: #333; --line: #999; --count: #000; --gap: #ccc; }
  body { font-size: 11pt; margin: 0; max-width: none; padding: 0; }
  h2 { break-after: avoid; }
  tr, svg { break-inside: avoid; }
  .scroll { overflow: visible; }
  svg { print-color-adjust: exact; }
}`;

export function renderHtml(title: string, sections: readonly Section[]): string {
  const parts = sections.map(({ title: heading, blocks }) =>
    [`<h2>${escapeHtml(heading)}</h2>`, ...blocks.map(renderBlock)].join("\n"),
  );
  const body = [`<h1>${escapeHtml(title)}</h1>`, ...parts].join("\n");
  return renderPage({ title, style: STYLE, body });
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case "text":
      return `<p>${escapeHtml(block.text)}</p>`;
    case "facts": {
      const rows = block.facts.map(
        ([label, text]) => `<tr><th>${escapeHtml(label)}</th><td>${escapeHtml(text)}</td></tr>`,
      );
      return `<table class="facts">\n${rows.join("\n")}\n</table>`;
    }
    case "table":
      return renderTable(block.headings, block.rows);
    case "bars":
      return drawBars(block.headings, block.bars);
    case "steps":
      return drawSteps(block.what, block.steps);
  }
}

function drawBars([name, value, note]: readonly [string, string, string], bars: readonly Bar[]) {
  if (bars.length === 0) return "<p>Nothing was counted.</p>";
  const most = Math.max(1, ...bars.map((bar) => bar.value ?? 0));
  const rows = bars.map((bar) => {
    const texts = [
      bar.name,
      bar.value === null ? "-" : String(bar.value),
      bar.note,
      bar.where ?? "",
    ];
    const cells = texts.map((text) => `<td>${escapeHtml(text)}</td>`).join("");
    const width = Math.round(((bar.value ?? 0) / most) * 1000) / 10;
    const rect = `<rect class="count" width="${width}" height="10"/>`;
    const svg = `<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">${rect}</svg>`;
    return `<tr>${cells}<td class="bar">${svg}</td></tr>`;
  });
  const headings = [name, value, note, "", ""].map((text) => `<th>${escapeHtml(text)}</th>`);
  return `<div class="scroll"><table>
<tr>${headings.join("")}</tr>
${rows.join("\n")}
</table></div>`;
}

const WIDTH = 720;
const HEIGHT = 200;
const LEFT = 8;
const TOP = 28;
const BOTTOM = 172;

/** Draws a column for each step. What is not known is shaded from the top to the axis. */
function drawSteps(what: string, steps: readonly Step[]): string {
  const most = Math.max(1, ...steps.map(({ value }) => value ?? 0));
  const slot = (WIDTH - 2 * LEFT) / Math.max(1, steps.length);
  const columns = steps.map(({ name, value, observed }, i) => {
    const x = round(LEFT + i * slot);
    const gap =
      observed >= 1
        ? ""
        : `<rect class="gap" x="${x}" y="${TOP}" width="${round(slot * (1 - observed))}" height="${BOTTOM - TOP}"/>`;
    const height = round(((value ?? 0) / most) * (BOTTOM - TOP));
    const column = `<rect class="count" x="${round(x + slot * 0.1)}" y="${round(BOTTOM - height)}" width="${round(slot * 0.8)}" height="${height}"/>`;
    const known = observed >= 1 ? "" : `, ${Math.round(observed * 100)}% observed`;
    const title = `${name}: ${value === null ? "unknown" : `${value} ${what}`}${known}`;
    return `<g><title>${escapeHtml(title)}</title>${gap}${column}</g>`;
  });
  const [first, last] = [steps[0]?.name ?? "", steps.at(-1)?.name ?? ""];
  const label = `${what} over time, at most ${most} in a column`;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(label)}">
<text x="${LEFT}" y="16">${escapeHtml(what)}, at most ${most}</text>
${columns.join("\n")}
<line class="axis" x1="${LEFT}" y1="${BOTTOM}" x2="${WIDTH - LEFT}" y2="${BOTTOM}"/>
<text x="${LEFT}" y="${HEIGHT - 8}">${escapeHtml(first)}</text>
<text x="${WIDTH - LEFT}" y="${HEIGHT - 8}" text-anchor="end">${escapeHtml(last)}</text>
</svg>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

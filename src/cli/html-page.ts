/** Renders self-contained HTML pages: no script, nothing loaded, for light and dark screens and for print. */

const STYLE = `:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --faint: #6b7280; --line: #d0d7de; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --faint: #9aa4b0; --line: #30363d; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
th, td { text-align: right; padding: .25rem .75rem; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; }
pre { border: 1px solid var(--line); padding: .75rem 1rem; overflow-x: auto; }
svg { width: 100%; height: auto; }
svg text { fill: var(--faint); font-size: 13px; }
.axis { stroke: var(--line); }`;

export interface HtmlPage {
  /** Text, which is escaped. */
  readonly title: string;
  /** Rules of CSS after the common ones. */
  readonly style: string;
  /** HTML. */
  readonly body: string;
}

export function renderPage({ title, style, body }: HtmlPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
${STYLE}
${style}
</style>
</head>
<body>
${body}
</body>
</html>
`;
}

/** Renders texts, which are escaped. */
export function renderTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  return `<div class="scroll"><table>
${rowOf("th", headings)}
${rows.map((row) => rowOf("td", row)).join("\n")}
</table></div>`;
}

function rowOf(tag: "th" | "td", cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
}

/** Escapes a text for HTML and for quoted values of attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** Renders the result of `bailiff tune` as one HTML page that loads nothing, for light and dark screens. */
import { isRisky, type TriedPolicy } from "../../../pipeline/tune.ts";
import { escapeHtml, renderPage, renderTable } from "../../html-page.ts";
import { cellsOf, describeHistory, describeNone, labelOf } from "./describe-tuning.ts";
import { scaleOf } from "./draw-chart.ts";
import { currentOf, shownPolicies, tomlOf, type TunedJail } from "./tuned-jail.ts";

const STYLE = `:root { --safe: #2563eb; --risky: #c2410c; --proposed: #15803d; }
@media (prefers-color-scheme: dark) { :root { --safe: #79a8ff; --risky: #ff9b6a; --proposed: #5fd38a; } }
.safe { fill: var(--safe); } .risky { fill: var(--risky); } .proposed { fill: var(--proposed); }
.current { fill: none; stroke: var(--ink); stroke-width: 2; }`;

const WIDTH = 720;
const HEIGHT = 360;
const MARGIN = 56;
const HEADINGS = [
  "Policy",
  "maxretry",
  "findtime",
  "bantime",
  "increment",
  "let through",
  "bans",
  "banned",
  "innocent",
  "peak",
];

export function renderTuningPage(jail: TunedJail): string {
  const { tuning } = jail;
  const shown = shownPolicies(jail);
  const [current, proposed] = [currentOf(tuning), tuning.proposal?.policy];
  const rows = shown.map((one) => [labelOf(one, current, proposed), ...cellsOf(one)]);
  const hidden = tuning.tried.length - shown.length;
  const title = `Policies of jail ${jail.name}`;
  return renderPage({
    title,
    style: STYLE,
    body: `<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(describeHistory(jail)).replaceAll("\n", "<br>\n")}</p>
${drawSvg(jail, shown)}
<h2>Proposal</h2>
${proposalOf(jail)}
<h2>Policies</h2>
${hidden > 0 ? `<p>${hidden} more would have banned an address from which a user logged in; --show-risky includes them.</p>` : ""}
${renderTable(HEADINGS, rows)}`,
  });
}

function proposalOf(jail: TunedJail): string {
  const { proposal } = jail.tuning;
  if (proposal === undefined) return `<p>${escapeHtml(describeNone(jail))}</p>`;
  const reasons = proposal.reasons.map((reason) => `<li>${escapeHtml(reason)}</li>`).join("");
  const what = proposal.isCurrent ? "<p>Keep the current policy.</p>" : "";
  const toml = proposal.isCurrent ? "" : `\n<pre>${escapeHtml(tomlOf(jail))}</pre>`;
  return `${what}<ul>${reasons}</ul>${toml}`;
}

function drawSvg({ tuning }: TunedJail, shown: readonly TriedPolicy[]): string {
  const across = scaleOf(
    shown.map(({ bans }) => bans),
    WIDTH - 2 * MARGIN,
  );
  const up = scaleOf(
    shown.map(({ through }) => through),
    HEIGHT - 2 * MARGIN,
  );
  const at = (one: TriedPolicy): string =>
    `cx="${MARGIN + across.place(one.bans)}" cy="${HEIGHT - MARGIN - up.place(one.through)}"`;
  const proposed = tuning.proposal?.policy;
  const current = currentOf(tuning);
  const points = shown.map((one) => {
    const kind = one === proposed ? "proposed" : isRisky(one) ? "risky" : "safe";
    const title = `<title>${escapeHtml(titleOf(one))}</title>`;
    return `<circle class="${kind}" ${at(one)} r="${one === proposed ? 8 : 4}">${title}</circle>`;
  });
  const ring =
    current !== undefined && shown.includes(current)
      ? `<circle class="current" ${at(current)} r="10"><title>current: ${escapeHtml(titleOf(current))}</title></circle>`
      : "";
  const bottom = HEIGHT - MARGIN;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Attempts let through against bans made">
<line class="axis" x1="${MARGIN}" y1="${bottom}" x2="${WIDTH - MARGIN}" y2="${bottom}"/>
<line class="axis" x1="${MARGIN}" y1="${MARGIN}" x2="${MARGIN}" y2="${bottom}"/>
<text x="${MARGIN}" y="${MARGIN - 16}">attempts let through: ${up.min} to ${up.max}</text>
<text x="${WIDTH - MARGIN}" y="${bottom + 32}" text-anchor="end">bans: ${across.min} to ${across.max}</text>
${points.join("\n")}
${ring}
</svg>
<p>Green: proposed. Ring: current. Blue: tried. Orange: would have banned an address from which a user logged in.</p>`;
}

function titleOf(one: TriedPolicy): string {
  const [maxretry = "", findtime = "", bantime = "", increment = ""] = cellsOf(one);
  return `maxretry ${maxretry}, findtime ${findtime}, bantime ${bantime}, increment ${increment}: ${one.through} let through, ${one.bans} bans`;
}

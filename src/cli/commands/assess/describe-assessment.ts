/** Formats the assessment of the host for people: the judgment, the evidence, the recommended changes. */
import type { Assessment } from "../../../health/assess-host.ts";
import { safe, type Terminal } from "../../terminal.ts";
import { sentence } from "../../format-time.ts";
import { hang, wrapCommand } from "../../wrap-text.ts";

const MARKS = { good: "✓", bad: "✗", note: "·", unknown: "?" } as const;
const STYLES = { good: "green", bad: "red", note: "cyan", unknown: "yellow" } as const;

const LEGEND = `${MARKS.good} good, ${MARKS.bad} a risk, ${MARKS.note} for information, ${MARKS.unknown} not known`;

const HEADLINES = {
  "reduces-real-risk": "Run bailiff here: it reduces real risk.",
  "mostly-hygiene": "bailiff would mainly reduce log noise here, hardly the risk.",
  "not-needed": "SSH does not need bailiff here.",
  "not-known": "Cannot judge whether SSH needs bailiff here: too little is known.",
} as const;

const OTHER_SERVICES = "other services: bailiff services lists those of this host";

export function describeAssessment(
  { judgment, findings, changes }: Assessment,
  terminal: Terminal,
): string {
  const { verdict, certainty, reasons, unknown } = judgment;
  const sure = certainty === "likely" ? " As far as can be seen." : "";
  const { width } = terminal;
  const row = (head: string, text: string, indent?: number): string =>
    hang({ head, text: sentence(text), width, indent });
  const lines = [terminal.paint("bold", row("", `${HEADLINES[verdict]}${sure}`))];
  for (const reason of reasons) lines.push(row("  because    ", reason));
  for (const reason of unknown) lines.push(row("  not known  ", reason));
  if (verdict === "not-needed") lines.push(row("  not judged ", OTHER_SERVICES));
  lines.push("");
  const column = Math.max(...findings.map(({ question }) => question.length));
  for (const { mark, question, answer, evidence } of findings) {
    const head = `${terminal.paint(STYLES[mark], MARKS[mark])} ${safe(question).padEnd(column)}  `;
    lines.push(row(head, answer));
    const indent = " ".repeat(column + 4);
    for (const text of evidence)
      for (const line of row(indent, text).split("\n")) lines.push(terminal.paint("dim", line));
  }
  lines.push("", row("", LEGEND));
  if (changes.length > 0) lines.push("", "What would help most:");
  for (const [i, { what, why, how }] of changes.entries()) {
    lines.push(row(`${i + 1}. `, `${what}: ${why}`));
    for (const command of how)
      lines.push(...wrapCommand(terminal.complete(safe(command)), width, 5));
  }
  return lines.join("\n");
}

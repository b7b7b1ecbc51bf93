/** What was found out about the host, for people: the judgement first, then the evidence, then what would help. */
import type { Assessment } from "../../../daemon/assess-host.ts";
import { safe, type Terminal } from "../../terminal.ts";
import { wrapText } from "../../wrap-text.ts";

const WIDTH = 100;
const MARKS = { good: "✓", bad: "✗", note: "·", unknown: "?" } as const;
const STYLES = { good: "green", bad: "red", note: "cyan", unknown: "yellow" } as const;

const HEADLINES = {
  "reduces-real-risk": "Run bailiff here: it reduces real risk.",
  "mostly-hygiene": "bailiff is mostly hygiene here: less noise and load, hardly less risk.",
  "not-needed": "bailiff is not needed here.",
  "not-known": "Not known: what the answer rests on could not be seen.",
} as const;

export function describeAssessment(
  { judgement, findings, changes }: Assessment,
  terminal: Terminal,
): string {
  const { verdict, certainty, reasons, unknown } = judgement;
  const sure = certainty === "likely" ? " As far as can be seen." : "";
  const lines = [terminal.paint("bold", `${HEADLINES[verdict]}${sure}`)];
  for (const reason of reasons) lines.push(...row("  because    ", reason));
  for (const reason of unknown) lines.push(...row("  not known  ", reason));
  lines.push("");
  const column = Math.max(...findings.map(({ question }) => question.length));
  for (const { mark, question, answer, evidence } of findings) {
    const head = `${terminal.paint(STYLES[mark], MARKS[mark])} ${safe(question).padEnd(column)}  `;
    lines.push(...row(head, answer, column + 4));
    for (const text of evidence) {
      const indent = " ".repeat(column + 4);
      lines.push(...row(indent, text, indent.length).map((line) => terminal.paint("dim", line)));
    }
  }
  if (changes.length > 0) lines.push("", "What would help most:");
  for (const [i, { what, why, how }] of changes.entries()) {
    lines.push(...row(`${i + 1}. `, `${what}: ${why}`));
    // Commands are copied: they stay on one line.
    for (const command of how) lines.push(`     ${safe(command)}`);
  }
  return lines.join("\n");
}

function row(head: string, text: string, indent: number = head.length): readonly string[] {
  const [first = "", ...rest] = wrapText(safe(text), WIDTH - indent);
  return [head + first, ...rest.map((line) => " ".repeat(indent) + line)];
}

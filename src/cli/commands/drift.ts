/** Shows lines that no rule recognizes, their probable meaning, and a rule that recognizes them. */
import type { AddedRuleReply, DriftReply, DriftShapeReply } from "../../control/drift-messages.ts";
import { addRule } from "../../control/answers/add-rule.ts";
import { amount } from "../../domain/amount.ts";
import { CodedError } from "../../domain/errors.ts";
import { formatPart } from "../../domain/format-part.ts";
import { ask } from "../ask.ts";
import { askReload } from "../ask-reload.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { report, safe, type Terminal } from "../terminal.ts";
import { formatDistance } from "../format-time.ts";
import { hang } from "../wrap-text.ts";

export interface DriftOptions {
  readonly json: boolean;
  readonly all: boolean;
  readonly accept?: number;
  readonly dismiss?: number;
}

export async function drift(
  context: CommandContext,
  jail: string | undefined,
  options: DriftOptions,
): Promise<ExitCode> {
  const { accept, dismiss, json, all } = options;
  if (accept !== undefined && dismiss !== undefined) {
    throw new CodedError("usage", "--accept and --dismiss together", {
      hint: "one after the other",
    });
  }
  const replies = await ask(context, "drift", { jail });
  const number = accept ?? dismiss;
  if (number !== undefined) {
    const is = accept === undefined ? "neutral" : "failure";
    // This process writes the file, because the user may have permissions that the daemon lacks.
    const reload = (): Promise<unknown> => askReload(context);
    const added = await addRule({ replies, number, is, reload });
    if (json) context.terminal.print(JSON.stringify(added));
    else context.terminal.show(describeAdded(added));
    return EXIT.ok;
  }
  const { terminal } = context;
  if (json) terminal.print(JSON.stringify(replies));
  else terminal.show(describeDrift(replies, { terminal, all }));
  return replies.some(({ shapes }) => shapes.some(({ failures }) => failures)) ? EXIT.no : EXIT.ok;
}

function describeAdded({ path, rule, is, line, jails }: AddedRuleReply): string {
  const meaning =
    is === "failure"
      ? `From now on such lines count as failures in ${jails.join(", ")}; lines read before do not.`
      : "From now on such lines are recognized and not counted.";
  return `Rule "${rule}" is in ${path}, and the daemon uses it:\n  ${safe(line)}\n${meaning}\nUndo: remove the rule from that file, then: bailiff reload`;
}

interface Showing {
  readonly terminal: Terminal;
  readonly all: boolean;
}

/** Returns the screen of `drift`. */
export function describeDrift(replies: readonly DriftReply[], showing: Showing): string {
  if (replies.length === 0) return "No jail reads a log.";
  const { width } = showing.terminal;
  const wrap = (line: string): string => {
    const head = /^ */.exec(line)?.[0] ?? "";
    return hang({ head, text: line.slice(head.length), width, indent: head.length + 2 });
  };
  return replies.map((reply) => describeProgram(reply, showing).map(wrap).join("\n")).join("\n\n");
}

function describeProgram(reply: DriftReply, showing: Showing): readonly string[] {
  const { terminal, all } = showing;
  const { filter, jails, lines, unrecognized, usual, shapes } = reply;
  const before = usual === null ? "" : ` (${formatPart(1 - usual)} before)`;
  const of =
    jails.length === 1 && jails[0] === filter
      ? ""
      : `, ${jails.length === 1 ? "jail" : "jails"} ${jails.join(", ")}`;
  const recognized =
    reply.measured === false
      ? "not measured, because its expressions only say what a failure is"
      : lines === 0
        ? "no line read yet"
        : `${formatPart(1 - unrecognized)} of the last ${amount(lines, "line")} recognized`;
  const head = `${terminal.paint("bold", filter)}${of}: ${recognized}${before}`;
  const suspicious = shapes.filter(({ reasons }) => reasons.length > 0);
  const shown = all ? shapes : suspicious;
  const hidden = shapes.length - shown.length;
  return [
    head,
    ...(reply.change === null ? [] : [`  ${safe(reply.change)}`]),
    ...(shapes.length === 0 && lines > 0 ? [`  ${describeNoShape(unrecognized)}`] : []),
    ...shown.flatMap((shape) => ["", ...describeShape(shape, reply, terminal)]),
    ...(hidden === 0
      ? []
      : [
          "",
          `  ${amount(hidden, "more unrecognized message")}, not suspicious (--all shows ${hidden === 1 ? "it" : "them"}).`,
        ]),
    ...(reply.shapes_not_listed === 0
      ? []
      : [
          `  ${amount(reply.shapes_not_listed, "further unrecognized message")} not listed, less suspicious than these.`,
        ]),
    ...(reply.skipped === 0
      ? []
      : [`  ${amount(reply.skipped, "line")} came too fast and were not examined.`]),
    ...(reply.evicted === 0
      ? []
      : [`  ${amount(reply.evicted, "rare message")} dropped from the list.`]),
  ];
}

/** An empty list says nothing of the lines that were read before a rule was added. */
function describeNoShape(unrecognized: number): string {
  return unrecognized === 0
    ? "Every line is recognized."
    : "No unrecognized message is listed; the percentage includes lines read before the last change of the rules.";
}

function describeShape(
  shape: DriftShapeReply,
  { jails }: DriftReply,
  terminal: Terminal,
): readonly string[] {
  const { number, lines, addresses, first, last, reasons, failures, proposal } = shape;
  const mark = failures ? terminal.paint("red", "looks like failures") : "suspicious";
  const from = addresses === 0 ? "" : ` from about ${amount(addresses, "address")}`;
  const jail = jails[0] ?? "";
  return [
    `${String(number).padStart(3)}  ${terminal.paint("bold", safe(shape.shape))}`,
    `     ${amount(lines, "line")}${from}, first ${formatDistance(first)}, last ${formatDistance(last)}`,
    ...(reasons.length === 0 ? [] : [`     ${mark}: ${safe(reasons.join(", "))}`]),
    ...shape.examples.slice(0, 3).map((example) => `     | ${safe(example)}`),
    ...(proposal === null
      ? [`     no rule proposed: ${safe(shape.why_not ?? "")}`]
      : [
          `     rule: ${report(proposal.line)}`,
          `     accept: bailiff drift --accept ${number} ${jail}`,
        ]),
    ...(shape.dismissal === null || reasons.length === 0
      ? []
      : [`     harmless: bailiff drift --dismiss ${number} ${jail}`]),
  ];
}

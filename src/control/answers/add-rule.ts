/**
 * Adds a proposed rule to the administrator's file for the filter, and reloads. Refuses a rule that a client can forge
 * under the filters on disk; removes the rule again if the reload fails.
 */
import { docPage } from "../../config/doc-page.ts";
import { join } from "node:path";
import type { AddedRuleReply, DriftReply, DriftShapeReply, RuleReply } from "../drift-messages.ts";
import { CodedError } from "../../domain/errors.ts";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import { formatProblem } from "../../domain/problem.ts";
import type { ProposedRule } from "../../health/drift/propose-rule.ts";
import { testForgery } from "../../health/drift/test-forgery.ts";
import { overlayHead, ruleText } from "../../health/drift/write-rule.ts";
import { appendText, type Appended } from "../../host/logs/append-text.ts";
import { openLibrary } from "../../jails/load-filters.ts";

export interface RuleToAdd {
  /** Replies of `drift`, in which the rule was proposed. */
  readonly replies: readonly DriftReply[];
  readonly number: number;
  readonly is: RuleReply["is"];
  /** Reloads the daemon; throws a CodedError when the configuration is invalid. */
  readonly reload: () => Promise<unknown>;
}

interface Chosen {
  readonly program: DriftReply;
  readonly shape: DriftShapeReply;
}

export async function addRule(what: RuleToAdd): Promise<AddedRuleReply> {
  const chosen = requireShape(what);
  const { program, shape } = chosen;
  const { filter, jails } = program;
  const rule = requireRule(shape, what.is);
  const base = await readFilter(program);
  requireUnforgeable(base, rule, chosen);
  const comment = `${new Date().toISOString().slice(0, 10)}: ${shape.lines} such lines were seen, first ${shape.first}.`;
  const text = ruleText(rule, comment);
  const path = join(program.directories[0] ?? "", `${filter}.local.toml`);
  const added = write(path, { head: overlayHead(filter), text });
  await reload(what, { added, program });
  return { path, rule: rule.id, is: what.is, line: rule.line, jails };
}

function requireShape({ replies, number }: RuleToAdd): Chosen {
  for (const program of replies) {
    const shape = program.shapes.find((one) => one.number === number);
    if (shape !== undefined) return { program, shape };
  }
  const known = replies.flatMap(({ shapes }) => shapes.map((shape) => shape.number));
  throw new CodedError("unknown-message", `unknown message number ${number}`, {
    hint:
      known.length === 0
        ? "no unrecognized message is listed: bailiff drift"
        : "bailiff drift --all shows them with their numbers",
  });
}

function requireRule(shape: DriftShapeReply, as: RuleReply["is"]): ProposedRule {
  const reply: RuleReply | null = as === "failure" ? shape.proposal : shape.dismissal;
  if (reply === null)
    throw new CodedError(
      "rule-not-proposed",
      `no rule can be proposed for message ${shape.number}: ${shape.why_not ?? "its lines differ too much"}`,
      { hint: `write one yourself: ${docPage("filters.md")}, "Adding to a shipped filter"` },
    );
  const { id, is, counts, line, sample } = reply;
  const { ip, user } = sample;
  return {
    ...{ id, is, counts, line },
    sample: { line: sample.line, ip: ip ?? undefined, user: user ?? undefined },
  };
}

async function readFilter({ filter, directories }: DriftReply): Promise<FilterDefinition> {
  const library = await openLibrary([...directories]);
  const { filters, problems } = await library.read([filter]);
  const base = filters.get(filter);
  if (base !== undefined && problems.length === 0) return base;
  const why = problems.map(formatProblem).join("\n  ");
  throw new CodedError("bad-config", `the filters cannot be read as they are now:\n  ${why}`, {
    hint: "correct these first; nothing was changed",
  });
}

function requireUnforgeable(
  base: FilterDefinition,
  rule: ProposedRule,
  { program, shape }: Chosen,
): void {
  const others = program.shapes.filter(({ number }) => number !== shape.number);
  const reason = testForgery({ base, rule, examples: shape.examples, others });
  if (reason === undefined) return;
  throw new CodedError("rule-forgeable", `the rule was not added: ${reason}`, {
    hint: "nothing was changed",
  });
}

function write(
  path: string,
  { head, text }: { readonly head: string; readonly text: string },
): Appended {
  const added = appendText(path, { head, text });
  if (added.ok) return added.value;
  throw new CodedError(
    "filter-not-written",
    `${path} cannot be written (${added.error}). Add the rule to it yourself${added.present ? "" : " after the first two lines"}:\n\n${added.present ? "" : `${head}\n`}${text}`,
    {
      hint: "write it as a user who may write there, as with sudo; then: bailiff reload",
    },
  );
}

async function reload(
  what: RuleToAdd,
  { added, program }: { readonly added: Appended; readonly program: DriftReply },
): Promise<void> {
  const library = await openLibrary([...program.directories]);
  const { problems } = await library.read([]);
  if (problems.length > 0) {
    added.undo();
    const why = problems.map(formatProblem).join("\n  ");
    throw new CodedError("bad-config", `with the rule the filters cannot be read:\n  ${why}`, {
      hint: "it was removed again",
    });
  }
  try {
    await what.reload();
  } catch (error) {
    if (error instanceof CodedError && error.code === "bad-config") added.undo();
    throw error;
  }
}

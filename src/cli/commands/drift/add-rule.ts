/**
 * Adds a proposed rule to the operator's own file for the filter, after trying once more to forge it with the filters as
 * they are on disk now, and has the daemon read it. A rule the daemon refuses is taken out again.
 */
import { join } from "node:path";
import type { DriftReply, DriftShapeReply, RuleReply } from "../../../control/drift-messages.ts";
import { loadFilters, SHIPPED_FILTERS } from "../../../jails/load-filters.ts";
import { CodedError } from "../../../domain/errors.ts";
import type { FilterDefinition } from "../../../domain/filter-definition.ts";
import { formatProblem } from "../../../domain/problem.ts";
import type { ProposedRule } from "../../../health/drift/propose-rule.ts";
import { testForgery } from "../../../health/drift/test-forgery.ts";
import { overlayHead, ruleText } from "../../../health/drift/write-rule.ts";
import { appendText, type Appended } from "../../../host/logs/append-text.ts";
import { ask } from "../../ask.ts";
import type { CommandContext } from "../../context.ts";
import { EXIT, type ExitCode } from "../../exit-code.ts";
import { safe } from "../../terminal.ts";

export interface RuleToAdd {
  readonly program: DriftReply;
  readonly shape: DriftShapeReply;
  readonly as: "failure" | "neutral";
  readonly json: boolean;
}

export async function addRule(context: CommandContext, what: RuleToAdd): Promise<ExitCode> {
  const { program, shape, as, json } = what;
  const { filter, jails } = program;
  const rule = requireRule(what);
  const base = await readFilter(program);
  requireUnforgeable(base, rule, what);
  const comment = `${new Date().toISOString().slice(0, 10)}: ${shape.lines} such lines were seen, first ${shape.first}.`;
  const text = ruleText(rule, comment);
  const path = join(program.directories[0] ?? "", `${filter}.local.toml`);
  const added = write(path, { head: overlayHead(filter), text });
  await reload(context, { added, program });
  const { terminal } = context;
  if (json) {
    terminal.print(JSON.stringify({ path, rule: rule.id, is: rule.is, line: rule.line, jails }));
    return EXIT.ok;
  }
  const meaning =
    as === "failure"
      ? `From now on such lines count as failures in ${jails.join(", ")}; lines read before do not.`
      : "From now on such lines are known and mean nothing.";
  terminal.show(
    `Rule "${rule.id}" is in ${path}, and the daemon uses it:\n  ${safe(rule.line)}\n${meaning}\nUndo: take it out of that file, then bailiff reload`,
  );
  return EXIT.ok;
}

function requireRule({ shape, as }: RuleToAdd): ProposedRule {
  const reply: RuleReply | null = as === "failure" ? shape.proposal : shape.dismissal;
  if (reply === null)
    throw new CodedError(
      "rule-not-proposed",
      `no rule can be proposed for message ${shape.number}: ${safe(shape.why_not ?? "its lines differ too much")}`,
      { hint: 'write one yourself: docs/filters.md, "Adding to a shipped filter"' },
    );
  const { id, is, counts, line, sample } = reply;
  const { ip, user } = sample;
  return {
    ...{ id, is, counts, line },
    sample: { line: sample.line, ip: ip ?? undefined, user: user ?? undefined },
  };
}

async function readFilter({ filter, directories }: DriftReply): Promise<FilterDefinition> {
  const { filters, problems } = await loadFilters([SHIPPED_FILTERS, ...directories]);
  const base = filters.get(filter);
  if (base !== undefined && problems.length === 0) return base;
  const why = problems.map(formatProblem).join("\n  ");
  throw new CodedError("bad-config", `the filters cannot be read as they are now:\n  ${why}`, {
    hint: "mend these first; nothing was changed",
  });
}

function requireUnforgeable(
  base: FilterDefinition,
  rule: ProposedRule,
  { program, shape }: RuleToAdd,
): void {
  const others = program.shapes.filter(({ number }) => number !== shape.number);
  const reason = testForgery({ base, rule, examples: shape.examples, others });
  if (reason === undefined) return;
  throw new CodedError("rule-forgeable", `the rule was not added: ${safe(reason)}`, {
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
    `${path} cannot be written (${added.error}). The rule, to be put there by hand${added.present ? "" : " after the first two lines"}:\n\n${added.present ? "" : `${head}\n`}${text}`,
    {
      hint: "run it as a user who may write there, as with sudo; or paste the text, then: bailiff reload",
    },
  );
}

async function reload(
  context: CommandContext,
  { added, program }: { readonly added: Appended; readonly program: DriftReply },
): Promise<void> {
  const { problems } = await loadFilters([SHIPPED_FILTERS, ...program.directories]);
  if (problems.length > 0) {
    added.undo();
    const why = problems.map(formatProblem).join("\n  ");
    throw new CodedError("bad-config", `with the rule the filters cannot be read:\n  ${why}`, {
      hint: "it was taken out again",
    });
  }
  try {
    await ask(context, "reload", {});
  } catch (error) {
    if (error instanceof CodedError && error.code === "bad-config") added.undo();
    throw error;
  }
}

/** Verifies that no entry of the audit was changed, removed or inserted since it was written. */
import type { AuditChainReply } from "../../control/audit-messages.ts";
import { amount } from "../../domain/amount.ts";
import { CodedError } from "../../domain/errors.ts";
import { ask } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

export interface AuditOptions {
  readonly json: boolean;
  /** Hash that an earlier verification printed. */
  readonly head?: string;
}

export async function verifyAudit(
  context: CommandContext,
  { json, head }: AuditOptions,
): Promise<ExitCode> {
  if (head !== undefined && !/^[0-9a-f]{64}$/.test(head))
    throw new CodedError("usage", "--head is not a hash of the audit", {
      hint: "expected 64 hexadecimal digits, as bailiff audit verify prints them",
    });
  const reply = await ask(context, "verify_audit", head === undefined ? {} : { head });
  const { terminal } = context;
  if (json) terminal.print(JSON.stringify(reply));
  else terminal.show(describeChain(reply));
  return reply.intact && reply.contains !== false ? EXIT.ok : EXIT.no;
}

/** Returns the screen. Exported for its test. */
export function describeChain({
  intact,
  broken_at,
  entries,
  head,
  contains,
}: AuditChainReply): string {
  if (!intact)
    return [
      `The audit was changed by another program: entry ${broken_at} is changed, missing or inserted.`,
      "  Entries before it are as they were written; do not rely on the others.",
    ].join("\n");
  const length = amount(entries ?? 0, "entry", "entries");
  const kept = [`  head: ${head}`];
  if (contains === false)
    return [
      `The audit does not contain the entry of that head: it was rewritten or cut (${length} now), or the entry is older than daemon.audit_keep.`,
      ...kept,
    ].join("\n");
  const since = contains === true ? ", and contains the entry of that head" : "";
  const hint =
    contains === true
      ? []
      : [
          "  Anyone who can write the file can rewrite the whole audit. To notice that, keep the head on another host,",
          "  and later: bailiff audit verify --head HASH",
        ];
  return [`The audit is intact: ${length}${since}.`, ...kept, ...hint].join("\n");
}

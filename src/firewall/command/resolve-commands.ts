/** Finds the programs of the commands of a configuration. */
import type { ArgumentTemplate } from "../../config/kinds/argv-kind.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { findOtherWriter } from "../../host/other-writer.ts";
import { findProgram } from "../../host/process/find-program.ts";
import type { Unusable } from "../nftables.ts";
import { placeholdersIn } from "./command-template.ts";

export const COMMAND_KINDS = ["start", "stop", "ban", "unban", "check", "flush", "list"] as const;

export type CommandKind = (typeof COMMAND_KINDS)[number];

export interface ResolvedCommands {
  /** Each with the absolute path of its program. */
  readonly commands: ReadonlyMap<CommandKind, ArgumentTemplate>;
  /** Placeholders of the ban command. */
  readonly used: ReadonlySet<string>;
}

/** Fails with the first command that cannot be used, and how to fix it. */
export function resolveCommands(
  configured: Readonly<Partial<Record<CommandKind, ArgumentTemplate | undefined>>>,
): Result<ResolvedCommands, Unusable> {
  const commands = new Map<CommandKind, ArgumentTemplate>();
  for (const kind of COMMAND_KINDS) {
    const command = configured[kind];
    if (command === undefined) continue;
    const resolved = resolveCommand(kind, command);
    if (!resolved.ok) return resolved;
    commands.set(kind, resolved.value);
  }
  return ok({ commands, used: placeholdersIn(configured.ban ?? []) });
}

function resolveCommand(
  kind: CommandKind,
  [name = "", ...args]: ArgumentTemplate,
): Result<ArgumentTemplate, Unusable> {
  const program = findProgram(name);
  if (program === undefined) {
    const fix = `install it, or correct "${kind}"`;
    return fail({ reason: `the program of "${kind}", ${name}, was not found`, fix });
  }
  const other = findOtherWriter(program);
  if (other === undefined) return ok([program, ...args]);
  return fail({ reason: `${other.who} can change ${other.path}`, fix: other.fix });
}

/** Validates the commands of a configuration, and finds their programs. */
import { fail, ok, type Result } from "../../domain/result.ts";
import { findOtherWriter } from "../../host/other-writer.ts";
import { findProgram } from "../../host/process/find-program.ts";
import type { Unusable } from "../nftables.ts";
import { type CommandTemplate, placeholdersIn } from "./command-template.ts";

export const COMMAND_KINDS = ["start", "stop", "ban", "unban", "check", "flush", "list"] as const;

export type CommandKind = (typeof COMMAND_KINDS)[number];

/** Only these are about one block. */
const WITH_BLOCK: readonly CommandKind[] = ["ban", "unban"];

export interface ResolvedCommands {
  /** Each with the absolute path of its program. */
  readonly commands: ReadonlyMap<CommandKind, CommandTemplate>;
  /** Placeholders of the ban command. */
  readonly used: ReadonlySet<string>;
}

/** Fails with the first command that cannot be used, and how to fix it. */
export function resolveCommands(
  configured: Readonly<Partial<Record<CommandKind, CommandTemplate>>>,
): Result<ResolvedCommands, Unusable> {
  const commands = new Map<CommandKind, CommandTemplate>();
  let used: ReadonlySet<string> = new Set();
  for (const kind of COMMAND_KINDS) {
    const command = configured[kind];
    if (command === undefined) continue;
    const resolved = resolveCommand(kind, command);
    if (!resolved.ok) return resolved;
    commands.set(kind, resolved.value.command);
    if (kind === "ban") used = resolved.value.placeholders;
  }
  return ok({ commands, used });
}

interface ResolvedCommand {
  readonly command: CommandTemplate;
  readonly placeholders: ReadonlySet<string>;
}

function resolveCommand(
  kind: CommandKind,
  [name = "", ...args]: CommandTemplate,
): Result<ResolvedCommand, Unusable> {
  const fix = `correct "${kind}"`;
  const placeholders = placeholdersIn(args);
  if (!placeholders.ok) return fail({ reason: placeholders.error, fix });
  if (placeholders.value.size > 0 && !WITH_BLOCK.includes(kind))
    return fail({ reason: `"${kind}" concerns no single ban, and has no placeholders`, fix });
  const program = findProgram(name);
  if (program === undefined)
    return fail({ reason: `the program of "${kind}", ${name}, was not found`, fix });
  const other = findOtherWriter(program);
  if (other !== undefined)
    return fail({ reason: `${other.who} can change ${other.path}`, fix: other.fix });
  return ok({ command: [program, ...args], placeholders: placeholders.value });
}

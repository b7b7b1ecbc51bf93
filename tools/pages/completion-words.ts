/**
 * Lists the words that all three shells complete. These are words of each command, and arguments that are jails,
 * services, files or choices.
 */
import { type CommandPlan, type OptionPlan, planProgram } from "./command-tree.ts";

export type Completes =
  | { readonly kind: "choices"; readonly of: readonly string[] }
  | { readonly kind: "jails" }
  | { readonly kind: "services" }
  | { readonly kind: "files" }
  | { readonly kind: "nothing" };

export interface CommandWords {
  readonly name: string;
  readonly about: string;
  readonly options: readonly OptionPlan[];
  /** Completions of arguments by position; the last one applies to all further arguments. */
  readonly inputs: readonly Completes[];
}

export interface Words {
  readonly global: readonly OptionPlan[];
  readonly commands: readonly CommandWords[];
}

export const JAILS_PROGRAM =
  'bailiff status --json 2>/dev/null | tr \'{\' \'\\n\' | sed -n \'s/^"name":"\\([^"]*\\)","state".*/\\1/p\'';

/** Shell command that lists the names of all filters; it works without a daemon. */
export const SERVICES_PROGRAM =
  "bailiff services --all --json 2>/dev/null | tr '{' '\\n' | sed -n 's/^\"service\":\"\\([^\"]*\\)\".*/\\1/p'";

export function gatherWords(): Words {
  const { options, commands } = planProgram();
  return { global: options, commands: commands.flatMap(wordsOf) };
}

function wordsOf(command: CommandPlan): readonly CommandWords[] {
  const { summary: about, options } = command;
  const inputs = command.inputs.map(({ name, choices }) => completes(name, choices));
  return [command.name, ...command.aliases].map((name) => ({ name, about, options, inputs }));
}

const FILES: ReadonlySet<string> = new Set(["path", "log", "name", "file", "directory"]);

/** Returns what completes the value of an option or an argument with this name. */
export function completes(name: string | undefined, choices: readonly string[]): Completes {
  if (choices.length > 0) return { kind: "choices", of: choices };
  if (name === "jail") return { kind: "jails" };
  if (name === "service") return { kind: "services" };
  if (name !== undefined && FILES.has(name)) return { kind: "files" };
  return { kind: "nothing" };
}

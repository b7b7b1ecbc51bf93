/**
 * Runs the command texts of one action, with the facts of a ban in their tags. Has no state: which families of addresses
 * are started is decided by `shell-action.ts`.
 */
import type { ActionCommand, ActionSetting } from "../config/kinds/action-setting.ts";
import { type ActionFamily, fillCommand } from "../fail2ban/config/fill-command.ts";
import type { RunShell, ShellEnd } from "../host/process/run-shell.ts";
import { type BanFacts, banTag } from "./ban-tags.ts";
import type { Failure } from "./running-action.ts";
import { withVariables } from "./shell-variables.ts";

export interface ShellCommandsOptions {
  readonly setting: ActionSetting;
  readonly runShell: RunShell;
  /** Kills the running command. */
  readonly signal: AbortSignal;
  /** Facts for commands without a ban. */
  readonly factsWithoutBan: () => BanFacts;
}

const MAX_REASON_LENGTH = 300;

export class ShellCommands {
  readonly #options: ShellCommandsOptions;

  constructor(options: ShellCommandsOptions) {
    this.#options = options;
  }

  has(command: ActionCommand): boolean {
    const { commands, properties } = this.#options.setting;
    const key = `action${command}`;
    return (
      commands[command] !== undefined ||
      Object.keys(properties).some((name) => name === key || name.startsWith(`${key}?`))
    );
  }

  /** undefined: the action has no such command. Without facts, the command is not for a ban. */
  async execute(
    command: ActionCommand,
    family: ActionFamily,
    facts: BanFacts = this.#options.factsWithoutBan(),
  ): Promise<ShellEnd | undefined> {
    const { setting, runShell, signal } = this.#options;
    const text = fillCommand(setting, command, family);
    if (!text.ok) return { ok: false, how: text.error, timedOut: false, output: "", error: "" };
    if (text.value === "") return undefined;
    const { script, variables } = withVariables(text.value, (tag) => banTag(facts, family, tag));
    return runShell({ script, variables, timeoutMilliseconds: setting.timeout, signal });
  }

  /** Runs the command for each family, once where several families have the same text; returns the first failure. */
  async executeForEach(
    command: ActionCommand,
    families: readonly ActionFamily[],
  ): Promise<Failure> {
    const executed = new Set<string>();
    let failure: Failure;
    for (const family of families) {
      const text = this.textOf(command, family);
      if (executed.has(text)) continue;
      executed.add(text);
      failure ??= failureOf(command, await this.execute(command, family));
    }
    return failure;
  }

  /** Equal for two families exactly when the command does the same for both. */
  textOf(command: ActionCommand, family: ActionFamily): string {
    const text = fillCommand(this.#options.setting, command, family);
    if (!text.ok) return "";
    return text.value.includes("<family>") ? `${family}: ${text.value}` : text.value;
  }
}

export function failureOf(command: string, end: ShellEnd | undefined): Failure {
  if (end === undefined || end.ok) return undefined;
  const said = end.error || end.output;
  const reason = said === "" ? end.how : `${end.how}: ${said}`;
  return { command, reason: reason.slice(0, MAX_REASON_LENGTH) };
}

/**
 * Runs the command texts of one action, with facts about a ban in their tags. Keeps no state: `shell-action.ts` tracks
 * which families are started.
 */
import type { ActionCommand, ActionSetting } from "../config/kinds/shell-action-setting.ts";
import { type ActionFamily, fillCommand } from "../fail2ban/config/fill-command.ts";
import type { RunShell, ShellEnd } from "../host/process/run-shell.ts";
import { type BanFacts, banTag } from "./ban-tags.ts";
import type { Failure } from "./running-action.ts";
import { withVariables } from "./shell-variables.ts";

export interface ShellCommandsOptions {
  readonly setting: ActionSetting;
  readonly runShell: RunShell;
  /** Aborting kills the running command. */
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

  /** Runs a command, if the action defines it. Without `facts` the command concerns no ban. */
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

  /** Runs the command once for each distinct text among the families; returns the first failure. */
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

  /** Returns the text of a command. Families with equal texts can share one run. */
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

/**
 * An action made of shell texts, run the way fail2ban runs them. States of a family of addresses ("" where nothing
 * depends on it): not started; started, by start or on demand by its first ban; holding, from its first ban until flush
 * or stop. After a command failed, check decides: if it is well the command is tried once more; if not, repair (or stop
 * and start) comes first, and the bans that are lost by that are asked for again.
 */
import type { ActionCommand, ActionSetting } from "../config/kinds/action-setting.ts";
import { type BanFacts, banTag, familyOfSubject } from "./ban-tags.ts";
import {
  type ActionFamily,
  dependsOnFamily,
  fillCommand,
} from "../fail2ban/config/fill-command.ts";
import { withVariables } from "./shell-variables.ts";
import type { RunShell, ShellEnd } from "../host/process/run-shell.ts";
import type { BanCommand, Failure, RunningAction } from "./running-action.ts";
import { createSerialQueue } from "../host/serial-queue.ts";

export interface ShellActionOptions {
  readonly setting: ActionSetting;
  readonly runShell: RunShell;
  /** Ends what runs. */
  readonly signal: AbortSignal;
  /** Facts where no ban is meant. */
  readonly nobody: () => BanFacts;
  /** Everything of the family had to be set up anew: its bans must be told to the action again. */
  readonly repaired: (family: ActionFamily) => void;
}

interface Family {
  /** What started it; equal texts of two families are run once. */
  readonly start: string;
  holding: boolean;
}

const LONGEST_REASON = 300;

export function createShellAction(options: ShellActionOptions): RunningAction {
  const { setting, signal, nobody } = options;
  const { commands, properties } = setting;
  const families = new Map<ActionFamily, Family>();
  const conditional = dependsOnFamily(setting);
  const onDemand = setting.start_on_demand ?? conditional;
  const all: readonly ActionFamily[] = conditional ? ["inet4", "inet6"] : [""];
  const inTurn = createSerialQueue();

  function has(command: ActionCommand): boolean {
    const key = `action${command}`;
    return (
      commands[command] !== undefined ||
      Object.keys(properties).some((name) => name === key || name.startsWith(`${key}?`))
    );
  }

  /** undefined: there is no such command. */
  async function execute(
    command: ActionCommand,
    family: ActionFamily,
    facts: BanFacts,
  ): Promise<ShellEnd | undefined> {
    const text = fillCommand(setting, command, family);
    if (!text.ok) return { ok: false, how: text.error, timedOut: false, output: "", error: "" };
    if (text.value === "") return undefined;
    const { script, variables } = withVariables(text.value, (tag) => banTag(facts, family, tag));
    return options.runShell({ script, variables, timeoutMilliseconds: setting.timeout, signal });
  }

  /** Once where several families have the same text. */
  async function executeFor(
    command: ActionCommand,
    wanted: readonly ActionFamily[],
  ): Promise<Failure> {
    const seen = new Set<string>();
    let failure: Failure;
    for (const family of wanted) {
      const text = textOf(command, family);
      if (seen.has(text)) continue;
      seen.add(text);
      failure ??= failureOf(command, await execute(command, family, nobody()));
    }
    return failure;
  }

  function textOf(command: ActionCommand, family: ActionFamily): string {
    const text = fillCommand(setting, command, family);
    if (!text.ok) return "";
    return text.value.includes("<family>") ? `${family}: ${text.value}` : text.value;
  }

  async function startFamily(
    family: ActionFamily,
    when: "needed" | "always" = "needed",
  ): Promise<Failure> {
    const start = textOf("start", family);
    const same = [...families].some(([other, known]) => other !== family && known.start === start);
    const done = same && when === "needed";
    const end = done ? undefined : await execute("start", family, nobody());
    const failure = failureOf("start", end);
    if (failure === undefined) families.set(family, { start, holding: false });
    return failure;
  }

  async function run(command: BanCommand, facts: BanFacts): Promise<Failure> {
    const family = facts.subject === undefined ? "" : familyOfSubject(facts.subject);
    if (command === "unban" && families.get(family)?.holding !== true) return undefined;
    if (command === "ban" || command === "reban") {
      if (onDemand && !families.has(family)) {
        const failure = await inTurn(async () =>
          families.has(family) ? undefined : startFamily(family),
        );
        if (failure !== undefined) return failure;
      }
    }
    const asked = command === "reban" && !has("reban") ? "ban" : command;
    const failure = await insist(asked, family, facts);
    if (failure === undefined && (command === "ban" || command === "reban"))
      families.set(family, { start: families.get(family)?.start ?? startOfAll(), holding: true });
    return failure;
  }

  /** What started an action that knows no families. */
  function startOfAll(): string {
    return families.get("")?.start ?? "";
  }

  async function insist(
    command: BanCommand,
    family: ActionFamily,
    facts: BanFacts,
  ): Promise<Failure> {
    const first = await execute(command, family, facts);
    if (first === undefined || first.ok || signal.aborted) return failureOf(command, first);
    if (has("check")) {
      const mended = await inTurn(() => mend(command, family));
      if (mended !== "well") return mended ?? failureOf(command, first);
    } else if (first.timedOut) return failureOf(command, first);
    return failureOf(command, await execute(command, family, facts));
  }

  /** "well": it is now as it should be. undefined: it is not, and nothing was tried. */
  async function mend(command: BanCommand, family: ActionFamily): Promise<"well" | Failure> {
    const check = await execute("check", family, nobody());
    if (check === undefined || check.ok) return "well";
    if (command === "unban" && !setting.repair_on_unban) return undefined;
    const broken = has("repair")
      ? failureOf("repair", await execute("repair", family, nobody()))
      : await restart(family);
    if (broken !== undefined) {
      families.delete(family);
      return broken;
    }
    const again = failureOf("check", await execute("check", family, nobody()));
    if (again !== undefined) return again;
    options.repaired(conditional ? family : "");
    return "well";
  }

  /** What stop says of a broken environment does not matter when start and check are well after it. */
  async function restart(family: ActionFamily): Promise<Failure> {
    const whole = conditional ? family : "";
    if (conditional) families.delete(family);
    else families.clear();
    await execute("stop", whole, nobody());
    return startFamily(whole, "always");
  }

  return {
    norestored: setting.norestored,
    flushes: has("flush"),
    does: (command) => has(command) || (command === "reban" && has("ban")),
    run,
    async start() {
      if (onDemand) return undefined;
      let failure: Failure;
      for (const family of all) failure ??= await startFamily(family);
      return failure;
    },
    async flush() {
      const holding = [...families].filter(([, { holding: some }]) => some);
      const failure = await executeFor(
        "flush",
        holding.map(([family]) => family),
      );
      if (failure === undefined) for (const [, known] of holding) known.holding = false;
      return failure;
    },
    reload: () => executeFor("reload", [...families.keys()]),
    async stop() {
      const started = [...families.keys()];
      families.clear();
      return executeFor("stop", started);
    },
  };
}

function failureOf(command: string, end: ShellEnd | undefined): Failure {
  if (end === undefined || end.ok) return undefined;
  const said = end.error || end.output;
  const reason = said === "" ? end.how : `${end.how}: ${said}`;
  return { command, reason: reason.slice(0, LONGEST_REASON) };
}

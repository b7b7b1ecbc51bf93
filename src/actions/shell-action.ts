/**
 * Runs an action that consists of shell commands, as fail2ban does. State for each address family ("" if no command
 * depends on the family): not started; started; has bans, until flush or stop. A family is started by `start`, or by
 * its first ban (start on demand). After a failed command `check` decides: if it succeeds, the command is retried once.
 * Otherwise `repair` (or stop and start) runs first, and the bans that this lost are requested again.
 */
import { dependsOnFamily, type ActionFamily } from "../fail2ban/config/fill-command.ts";
import { createSerialQueue } from "../host/serial-queue.ts";
import { type BanFacts, familyOfSubject } from "./ban-tags.ts";
import type { BanCommand, Failure, RunningAction } from "./running-action.ts";
import { failureOf, ShellCommands, type ShellCommandsOptions } from "./shell-commands.ts";

export interface ShellActionOptions extends ShellCommandsOptions {
  /** Called after a repair lost the bans of a family, which must be requested again. */
  readonly onRepaired: (family: ActionFamily) => void;
}

interface StartedFamily {
  /** The command that started it; families with equal commands share one run. */
  readonly start: string;
  hasBans: boolean;
}

export class ShellAction implements RunningAction {
  readonly #options: ShellActionOptions;
  readonly #commands: ShellCommands;
  readonly #families: readonly ActionFamily[];
  readonly #dependsOnFamily: boolean;
  readonly #startsOnDemand: boolean;
  readonly #started = new Map<ActionFamily, StartedFamily>();
  readonly #serialize = createSerialQueue();

  constructor(options: ShellActionOptions) {
    const { setting } = options;
    this.#options = options;
    this.#commands = new ShellCommands(options);
    this.#dependsOnFamily = dependsOnFamily(setting);
    this.#startsOnDemand = setting.start_on_demand ?? this.#dependsOnFamily;
    this.#families = this.#dependsOnFamily ? ["inet4", "inet6"] : [""];
  }

  get norestored(): boolean {
    return this.#options.setting.norestored;
  }

  get flushes(): boolean {
    return this.#commands.has("flush");
  }

  does(command: BanCommand): boolean {
    return this.#commands.has(command) || (command === "reban" && this.#commands.has("ban"));
  }

  async start(): Promise<Failure> {
    if (this.#startsOnDemand) return undefined;
    let failure: Failure;
    for (const family of this.#families) failure ??= await this.#startFamily(family);
    return failure;
  }

  async run(command: BanCommand, facts: BanFacts): Promise<Failure> {
    const family = facts.subject === undefined ? "" : familyOfSubject(facts.subject);
    if (command === "unban" && this.#started.get(family)?.hasBans !== true) return undefined;
    const isBan = command === "ban" || command === "reban";
    const notStarted = isBan ? await this.#startOnDemand(family) : undefined;
    if (notStarted !== undefined) return notStarted;
    const effective = command === "reban" && !this.#commands.has("reban") ? "ban" : command;
    const failure = await this.#executeWithRepair(effective, family, facts);
    if (failure === undefined && isBan) {
      // Commands that do not depend on the family have one entry, "".
      const start = (this.#started.get(family) ?? this.#started.get(""))?.start ?? "";
      this.#started.set(family, { start, hasBans: true });
    }
    return failure;
  }

  async flush(): Promise<Failure> {
    const withBans = [...this.#started].filter(([, { hasBans }]) => hasBans);
    const failure = await this.#commands.executeForEach(
      "flush",
      withBans.map(([family]) => family),
    );
    if (failure === undefined) for (const [, family] of withBans) family.hasBans = false;
    return failure;
  }

  reload(): Promise<Failure> {
    return this.#commands.executeForEach("reload", [...this.#started.keys()]);
  }

  async stop(): Promise<Failure> {
    const families = [...this.#started.keys()];
    this.#started.clear();
    return this.#commands.executeForEach("stop", families);
  }

  #startOnDemand(family: ActionFamily): Promise<Failure> | undefined {
    if (!this.#startsOnDemand || this.#started.has(family)) return undefined;
    return this.#serialize(async () =>
      this.#started.has(family) ? undefined : this.#startFamily(family),
    );
  }

  async #startFamily(family: ActionFamily, when: "needed" | "always" = "needed"): Promise<Failure> {
    const start = this.#commands.textOf("start", family);
    const isDone =
      when === "needed" &&
      [...this.#started].some(([other, known]) => other !== family && known.start === start);
    const end = isDone ? undefined : await this.#commands.execute("start", family);
    const failure = failureOf("start", end);
    if (failure === undefined) this.#started.set(family, { start, hasBans: false });
    return failure;
  }

  async #executeWithRepair(
    command: BanCommand,
    family: ActionFamily,
    facts: BanFacts,
  ): Promise<Failure> {
    const first = await this.#commands.execute(command, family, facts);
    if (first === undefined || first.ok || this.#options.signal.aborted)
      return failureOf(command, first);
    if (this.#commands.has("check")) {
      const repaired = await this.#serialize(() => this.#checkAndRepair(command, family));
      if (repaired !== "well") return joinFailures({ command, reason: first.how }, repaired);
    } else if (first.timedOut) return failureOf(command, first);
    return failureOf(command, await this.#commands.execute(command, family, facts));
  }

  /**
   * Runs `check`, and repairs if it fails. Returns "well" if the check succeeds, before or after the repair; undefined
   * if it fails and an unban needs no repair.
   */
  async #checkAndRepair(command: BanCommand, family: ActionFamily): Promise<"well" | Failure> {
    const { setting, onRepaired } = this.#options;
    const check = await this.#commands.execute("check", family);
    if (check === undefined || check.ok) return "well";
    if (command === "unban" && !setting.repair_on_unban) return undefined;
    const failure = this.#commands.has("repair")
      ? failureOf("repair", await this.#commands.execute("repair", family))
      : await this.#restart(family);
    if (failure !== undefined) {
      this.#started.delete(family);
      return failure;
    }
    const stillBroken = failureOf("check", await this.#commands.execute("check", family));
    if (stillBroken !== undefined) return stillBroken;
    onRepaired(this.#dependsOnFamily ? family : "");
    return "well";
  }

  /** Stops and starts again. A failure of stop is ignored, because start and check decide. */
  async #restart(family: ActionFamily): Promise<Failure> {
    const whole = this.#dependsOnFamily ? family : "";
    if (this.#dependsOnFamily) this.#started.delete(family);
    else this.#started.clear();
    await this.#commands.execute("stop", whole);
    return this.#startFamily(whole, "always");
  }
}

/** Joins the errors of a command and of its repair. */
function joinFailures(first: NonNullable<Failure>, then: Failure): Failure {
  if (then === undefined) return first;
  return { ...first, reason: `${first.reason}; then ${then.command} failed: ${then.reason}` };
}

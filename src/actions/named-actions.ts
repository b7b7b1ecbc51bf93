/**
 * Runs the actions that jails name, each once for all its jails. They observe changes of bans: none can delay, prevent
 * or undo one. A start of the daemon passes no ban again. The module of a kind is loaded with its first action.
 */
import type { NamedAction } from "../config/config.ts";
import type { Subject } from "../domain/cidr.ts";
import type { CompiledJail } from "../jails/compile-jails.ts";
import type { FailingAction } from "./failing-action.ts";
import type { BanChange, NamedActionOptions, RunningNamedAction } from "./named/named-action.ts";

export type NamedActionsOptions = Omit<NamedActionOptions, "name">;

interface OpenedAction {
  readonly settings: string;
  readonly action: RunningNamedAction;
}

export class NamedActions {
  readonly #options: NamedActionsOptions;
  #actions = new Map<string, OpenedAction>();
  readonly #jails = new Map<string, CompiledJail>();
  readonly #closing = new Set<Promise<void>>();

  constructor(options: NamedActionsOptions) {
    this.#options = options;
  }

  /** Opens and closes actions to match the configuration; unchanged ones keep running. */
  async apply(settings: readonly NamedAction[], jails: readonly CompiledJail[]): Promise<void> {
    const used = new Set(jails.flatMap(({ jail }) => jail.config.actions.names));
    const opened = new Map<string, OpenedAction>();
    for (const setting of settings) {
      if (!used.has(setting.name)) continue;
      const text = JSON.stringify(setting);
      const before = this.#actions.get(setting.name);
      const isSame = before?.settings === text;
      opened.set(
        setting.name,
        isSame ? before : { settings: text, action: await this.#open(setting) },
      );
    }
    const before = this.#actions;
    this.#actions = opened;
    this.#jails.clear();
    for (const live of jails) this.#jails.set(live.jail.name, live);
    for (const [name, one] of before) if (opened.get(name) !== one) this.#close(one.action);
  }

  onChange(kind: BanChange["kind"], jail: string, subject: Subject): void {
    const live = this.#jails.get(jail);
    if (live === undefined) return;
    for (const name of live.jail.config.actions.names)
      this.#actions.get(name)?.action.onChange({ kind, subject, live });
  }

  /** Returns what fails repeatedly in the actions of a jail. */
  failing(jail: string): readonly FailingAction[] {
    const names = this.#jails.get(jail)?.jail.config.actions.names ?? [];
    return names.flatMap((name) => this.#actions.get(name)?.action.failing() ?? []);
  }

  /** Ends all actions; what still runs ends with the signal of the options. */
  async close(): Promise<void> {
    for (const { action } of this.#actions.values()) this.#close(action);
    this.#actions = new Map();
    await Promise.all(this.#closing);
  }

  #close(action: RunningNamedAction): void {
    const closing = action.close();
    this.#closing.add(closing);
    void closing.then(() => this.#closing.delete(closing));
  }

  async #open(setting: NamedAction): Promise<RunningNamedAction> {
    const options = { ...this.#options, name: setting.name };
    switch (setting.kind) {
      case "command": {
        const { CommandAction } = await import("./named/command-action.ts");
        return new CommandAction({ ...options, setting });
      }
      case "log": {
        const { LogAction } = await import("./named/log-action.ts");
        return new LogAction({ ...options, setting });
      }
    }
  }
}

/**
 * Runs the actions that jails name, each once for all its jails. They observe changes of bans: none can delay, prevent
 * or undo one. A start of the daemon passes no ban again. The module of a kind is loaded with its first action.
 */
import type { NamedAction } from "../config/config.ts";
import type { Subject } from "../domain/cidr.ts";
import type { CompiledJail } from "../jails/compile-jails.ts";
import type { FailingAction } from "./failing-action.ts";
import type { ReportActionOptions, SendReport } from "./named/report-action.ts";
import type {
  ActionState,
  BanChange,
  NamedActionOptions,
  RunningNamedAction,
} from "./named/named-action.ts";

export interface NamedActionsOptions extends Omit<NamedActionOptions, "name"> {
  readonly stateStore: ActionState;
}

/** What to do when reports fail. */
const FIXES: { readonly [kind in ReportActionOptions["setting"]["kind"]]: string } = {
  abuseipdb:
    "check key_file and the account at abuseipdb.com, and that this host may connect to it; bans do not depend on it",
  "blocklist-de":
    "check server, key_file and the profile at blocklist.de, and that this host may connect to it; bans do not depend on it",
  xarf: "check url and key_file, or directory and the program that empties it; bans do not depend on it",
};

interface OpenedAction {
  readonly settings: string;
  readonly action: RunningNamedAction;
}

export class NamedActions {
  readonly #options: NamedActionsOptions;
  readonly #actions = new Map<string, OpenedAction>();
  readonly #jails = new Map<string, CompiledJail>();
  readonly #closing = new Set<Promise<void>>();

  constructor(options: NamedActionsOptions) {
    this.#options = options;
  }

  /** Opens and closes actions to match the configuration; unchanged ones keep running. */
  async apply(settings: readonly NamedAction[], jails: readonly CompiledJail[]): Promise<void> {
    this.#jails.clear();
    for (const live of jails) this.#jails.set(live.jail.name, live);
    const used = new Set(jails.flatMap(({ jail }) => jail.config.actions.names));
    const wanted = settings.filter(({ name }) => used.has(name));
    const texts = new Map(wanted.map((setting) => [setting.name, JSON.stringify(setting)]));
    // Before others open, because a changed action continues with the state of the closed one.
    for (const [name, { settings: text, action }] of this.#actions) {
      if (texts.get(name) === text) continue;
      this.#actions.delete(name);
      this.#close(action);
    }
    for (const setting of wanted) {
      const { name } = setting;
      if (this.#actions.has(name)) continue;
      const action = await this.#open(setting);
      this.#actions.set(name, { settings: texts.get(name) ?? "", action });
    }
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

  /** Describes what the actions of a jail did and what waits. */
  describe(jail: string): readonly string[] {
    const names = this.#jails.get(jail)?.jail.config.actions.names ?? [];
    return names.flatMap((name) => this.#actions.get(name)?.action.describe?.() ?? []);
  }

  /** Ends all actions; what still runs ends with the signal of the options. */
  async close(): Promise<void> {
    for (const { action } of this.#actions.values()) this.#close(action);
    this.#actions.clear();
    await Promise.all(this.#closing);
  }

  async #openReports(
    setting: ReportActionOptions["setting"],
    send: SendReport,
  ): Promise<RunningNamedAction> {
    const { ReportAction } = await import("./named/report-action.ts");
    const { name, kind } = setting;
    const fix = FIXES[kind];
    const jailNamed = (jail: string): CompiledJail | undefined => this.#jails.get(jail);
    const action = new ReportAction({ ...this.#options, name, setting, send, fix, jailNamed });
    action.start();
    return action;
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
      case "abuseipdb": {
        const { createAbuseipdbSender } = await import("./named/send-abuseipdb.ts");
        return this.#openReports(setting, createAbuseipdbSender(setting));
      }
      case "blocklist-de": {
        const { createBlocklistDeSender } = await import("./named/send-blocklist-de.ts");
        return this.#openReports(setting, createBlocklistDeSender(setting));
      }
      case "xarf": {
        const { createXarfSender } = await import("./named/send-xarf.ts");
        return this.#openReports(setting, createXarfSender(setting));
      }
    }
  }
}

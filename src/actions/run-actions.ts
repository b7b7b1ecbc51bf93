/**
 * Runs actions beside the firewall when bans begin and end: those of a jail's own tables here, those that jails name in
 * `named-actions.ts`. It only observes ban events, so no action can delay, prevent or undo a ban. An action of a jail's
 * own is started before its first ban, and gets every ban in force as a restored one. When
 * the daemon stops or the jail is removed, the action is flushed (or gets every unban) and stopped; the firewall keeps
 * the bans.
 */
import type { NamedAction } from "../config/config.ts";
import type { ActionSetting } from "../config/kinds/shell-action-setting.ts";
import type { BanBook } from "../domain/ban-book.ts";
import { parseSubject, type Subject } from "../domain/cidr.ts";
import type { AlarmClock } from "../domain/clock.ts";
import type { RunShell } from "../host/process/run-shell.ts";
import type { Emit, TelemetryEvent } from "../telemetry/events.ts";
import { banMeansOf } from "../jails/ban-means.ts";
import type { CompiledJail } from "../jails/compile-jails.ts";
import { createSerialQueue } from "../host/serial-queue.ts";
import type { FailingAction } from "./failing-action.ts";
import type { JailAction, openJailAction } from "./jail-action.ts";
import type { ActionState } from "./named/named-action.ts";
import type { NamedActions } from "./named-actions.ts";

export interface ActionsOptions {
  readonly book: BanBook;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  readonly runShell: RunShell;
  /** Keeps what actions must know after a restart. */
  readonly stateStore: ActionState;
}

/** Less than the twenty seconds that systemd gives the daemon to stop. */
const CLOSE_TIMEOUT_MS = 10_000;

type Serialize = ReturnType<typeof createSerialQueue>;
type OpenJailAction = typeof openJailAction;

export class Actions {
  readonly #options: ActionsOptions;
  /** Running actions by jail and settings; an action with an unchanged key keeps running. */
  #running = new Map<string, JailAction>();
  readonly #byJail = new Map<string, readonly JailAction[]>();
  readonly #exclusive = new Map<string, Serialize>();
  readonly #bannedTotals = new Map<string, number>();
  readonly #kill = new AbortController();
  readonly #closing = new Set<Promise<void>>();
  #liftedByJail = new Map<string, Subject[]>();
  /** undefined: no jail names an action. */
  #named: NamedActions | undefined;
  #isClosed = false;

  constructor(options: ActionsOptions) {
    this.#options = options;
  }

  /** Forwards an event, and queues the commands for it. */
  readonly emit: Emit = (event) => {
    this.#options.emit(this.#withMeans(event));
    if (event.event === "ban") this.#onBan(event.jail, event.ip, "ban");
    else if (event.event === "ban-extended") this.#onBan(event.jail, event.ip, "prolong");
    else if (event.event === "unban") this.#onUnban(event.jail, event.ip);
  };

  /** Returns what fails repeatedly in a jail's actions. */
  failing(jail: string): readonly FailingAction[] {
    const own = (this.#byJail.get(jail) ?? []).flatMap((action) => action.failing());
    return [...own, ...(this.#named?.failing(jail) ?? [])];
  }

  /** Describes what the actions that a jail names did and what waits. */
  describe(jail: string): readonly string[] {
    return this.#named?.describe(jail) ?? [];
  }

  /** Starts and stops actions to match the configuration; unchanged ones keep running. */
  async apply(
    jails: readonly CompiledJail[],
    settings: readonly NamedAction[],
    cause: "start" | "reload",
  ): Promise<void> {
    await this.#applyNamed(settings, jails);
    await this.#applyOwn(jails, cause);
  }

  async #applyNamed(
    settings: readonly NamedAction[],
    jails: readonly CompiledJail[],
  ): Promise<void> {
    const isUnused = jails.every(({ jail }) => jail.config.actions.names.length === 0);
    if ((this.#named === undefined && isUnused) || this.#isClosed) return;
    if (this.#named === undefined) {
      const { NamedActions: Named } = await import("./named-actions.ts");
      this.#named = new Named({ ...this.#options, signal: this.#kill.signal });
    }
    await this.#named.apply(settings, jails);
  }

  async #applyOwn(jails: readonly CompiledJail[], cause: "start" | "reload"): Promise<void> {
    const isUnused = jails.every(({ jail }) => jail.config.actions.tables.length === 0);
    if (this.#running.size === 0 && isUnused) return;
    // Loaded on demand: most hosts have no actions.
    const { openJailAction: openAction } = await import("./jail-action.ts");
    if (this.#isClosed) return;
    const before = this.#running;
    this.#running = new Map();
    this.#byJail.clear();
    for (const live of jails) {
      const actions = live.jail.config.actions.tables.map((setting) => {
        const key = JSON.stringify([live.jail.name, setting]);
        const same = before.get(key);
        same?.use(live, cause);
        const action = same ?? this.#open(live, setting, openAction);
        before.delete(key);
        this.#running.set(key, action);
        return action;
      });
      if (actions.length > 0) this.#byJail.set(live.jail.name, actions);
    }
    for (const action of before.values()) this.#close(action);
  }

  /** Flushes and stops every action; kills commands that do not end in time. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#forwardUnbans();
    this.#byJail.clear();
    for (const action of this.#running.values()) this.#close(action);
    const all = Promise.all([...this.#closing, this.#named?.close()]);
    const timeout = new AbortController();
    await Promise.race([all, this.#options.clock.sleep(CLOSE_TIMEOUT_MS, timeout.signal)]);
    timeout.abort();
    this.#kill.abort();
    await all;
  }

  /** Marks the event of a ban that only the jail's actions enforce, not the firewall. */
  #withMeans(event: TelemetryEvent): TelemetryEvent {
    if (event.event !== "ban" && event.event !== "ban-extended") return event;
    const [action] = this.#byJail.get(event.jail) ?? [];
    return action !== undefined && banMeansOf(action.jail.config) === "actions"
      ? { ...event, by_actions: true }
      : event;
  }

  #onBan(name: string, ip: string, command: "ban" | "prolong"): void {
    if (command === "ban") this.#bannedTotals.set(name, this.#bannedTotal(name) + 1);
    const actions = this.#byJail.get(name);
    const subject = parseSubject(ip);
    if (subject === undefined) return;
    this.#named?.onChange(command === "ban" ? "ban" : "extended", name, subject);
    if (actions === undefined) return;
    this.#forwardUnbans();
    for (const action of actions) action.begin(command, subject);
  }

  /** Collects the unbans of one turn of the event loop: one flush may replace them. */
  #onUnban(name: string, ip: string): void {
    const subject = parseSubject(ip);
    if (subject !== undefined) this.#named?.onChange("unban", name, subject);
    if (!this.#byJail.has(name) || subject === undefined) return;
    if (this.#liftedByJail.size === 0) setImmediate(() => this.#forwardUnbans());
    // Appends in place: thousands of bans may end together.
    const others = this.#liftedByJail.get(name);
    if (others === undefined) this.#liftedByJail.set(name, [subject]);
    else others.push(subject);
  }

  #forwardUnbans(): void {
    const lifted = this.#liftedByJail;
    this.#liftedByJail = new Map();
    for (const [name, subjects] of lifted) {
      const actions = this.#byJail.get(name) ?? [];
      const jail = actions[0]?.jail.name;
      const noneLeft = jail !== undefined && (this.#options.book.countBans().get(jail) ?? 0) === 0;
      for (const action of actions) {
        if (noneLeft && subjects.length > 1 && action.flushes) action.flush();
        else for (const subject of subjects) action.end(subject);
      }
    }
  }

  #bannedTotal(jail: string): number {
    return this.#bannedTotals.get(jail) ?? 0;
  }

  #open(live: CompiledJail, setting: ActionSetting, openAction: OpenJailAction): JailAction {
    return openAction({
      ...this.#options,
      live,
      setting,
      turn: this.#serializeExclusive(setting),
      signal: this.#kill.signal,
      bannedTotal: () => this.#bannedTotal(live.jail.name),
    });
  }

  #serializeExclusive({ exclusive: word }: ActionSetting): Serialize | undefined {
    if (word === undefined) return undefined;
    return this.#exclusive.getOrInsertComputed(word, createSerialQueue);
  }

  #close(action: JailAction): void {
    const closing = action.close();
    this.#closing.add(closing);
    void closing.then(() => this.#closing.delete(closing));
  }
}

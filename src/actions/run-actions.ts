/**
 * The actions of all jails: commands that run beside the firewall when bans begin and end. Observes the events of bans
 * and queues what they ask for, so nothing here can delay, veto or undo a ban; facts come from the book. An action is
 * started before its first ban and told of every ban in force as a restored one; at the end of the daemon or of its jail
 * it is flushed (or told of every end) and stopped, while the firewall keeps the bans.
 */
import type { ActionSetting } from "../config/kinds/action-setting.ts";
import type { BanBook } from "../domain/ban-book.ts";
import { parseSubject, type Subject } from "../domain/cidr.ts";
import type { AlarmClock } from "../domain/clock.ts";
import type { RunShell } from "../host/process/run-shell.ts";
import type { Emit, TelemetryEvent } from "../telemetry/events.ts";
import { banMeansOf } from "../jails/ban-means.ts";
import type { CompiledJail } from "../jails/compile-jails.ts";
import { createSerialQueue } from "../host/serial-queue.ts";
import type { FailingCommand } from "./command-tally.ts";
import type { JailAction, openJailAction } from "./jail-action.ts";

export interface ActionsOptions {
  readonly book: BanBook;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  readonly runShell: RunShell;
}

export interface Actions {
  /** Passes events on, and looks at them. */
  readonly emit: Emit;
  /** Commands of a jail's actions that fail again and again. */
  failing(jail: string): readonly FailingCommand[];
  /** Makes the actions equal to the jails' configuration; those that did not change go on. */
  become(jails: readonly CompiledJail[], cause: "start" | "reload"): Promise<void>;
  /** Flushes and stops every action; what does not end in time is killed. */
  close(): Promise<void>;
}

/** systemd gives the daemon twenty seconds to end. */
const CLOSE_WITHIN_MS = 10_000;

export function createActions(options: ActionsOptions): Actions {
  const { book, emit } = options;
  const running = new Map<string, JailAction>();
  const ofJail = new Map<string, readonly JailAction[]>();
  const exclusive = new Map<string, ReturnType<typeof createSerialQueue>>();
  const bannedTotals = new Map<string, number>();
  const stop = new AbortController();
  const leaving = new Set<Promise<void>>();
  let lifted = new Map<string, Subject[]>();
  let closed = false;

  /** What no firewall blocks may be banned all the same. */
  function withMeans(event: TelemetryEvent): TelemetryEvent {
    if (event.event !== "ban" && event.event !== "ban-extended") return event;
    const [action] = ofJail.get(event.jail) ?? [];
    return action !== undefined && banMeansOf(action.jail.config) === "actions"
      ? { ...event, by_actions: true }
      : event;
  }

  function observe(event: TelemetryEvent): void {
    if (event.event === "ban") began(event.jail, event.ip, "ban");
    else if (event.event === "ban-extended") began(event.jail, event.ip, "prolong");
    else if (event.event === "unban") ended(event.jail, event.ip);
  }

  function began(name: string, ip: string, command: "ban" | "prolong"): void {
    if (command === "ban") bannedTotals.set(name, (bannedTotals.get(name) ?? 0) + 1);
    const actions = ofJail.get(name);
    const subject = parseSubject(ip);
    if (actions === undefined || subject === undefined) return;
    passOnLifted();
    for (const action of actions) action.begin(command, subject);
  }

  /** Ends that come together may be one flush, so they are gathered for a moment. */
  function ended(name: string, ip: string): void {
    const subject = parseSubject(ip);
    if (!ofJail.has(name) || subject === undefined) return;
    if (lifted.size === 0) setImmediate(passOnLifted);
    // Many thousand may end at once.
    const others = lifted.get(name);
    if (others === undefined) lifted.set(name, [subject]);
    else others.push(subject);
  }

  function passOnLifted(): void {
    const all = lifted;
    lifted = new Map();
    for (const [name, subjects] of all) {
      const actions = ofJail.get(name) ?? [];
      const [some] = actions;
      const none = some !== undefined && (book.countBans().get(some.jail.name) ?? 0) === 0;
      for (const action of actions) {
        if (none && subjects.length > 1 && action.flushes) action.flush();
        else for (const subject of subjects) action.end(subject);
      }
    }
  }

  function turnOf({
    exclusive: word,
  }: ActionSetting): ReturnType<typeof createSerialQueue> | undefined {
    if (word === undefined) return undefined;
    const turn = exclusive.get(word) ?? createSerialQueue();
    exclusive.set(word, turn);
    return turn;
  }

  function open(
    live: CompiledJail,
    setting: ActionSetting,
    openAction: typeof openJailAction,
  ): JailAction {
    const { jail } = live;
    return openAction({
      ...options,
      emit,
      live,
      setting,
      turn: turnOf(setting),
      signal: stop.signal,
      bannedTotal: () => bannedTotals.get(jail.name) ?? 0,
    });
  }

  function leave(action: JailAction): void {
    const leave = action.close();
    leaving.add(leave);
    void leave.then(() => leaving.delete(leave));
  }

  async function become(jails: readonly CompiledJail[], cause: "start" | "reload"): Promise<void> {
    if (running.size === 0 && jails.every(({ jail }) => jail.config.actions.length === 0)) return;
    // Loaded on demand: most hosts have no actions.
    const { openJailAction: openAction } = await import("./jail-action.ts");
    if (closed) return;
    const before = new Map(running);
    running.clear();
    ofJail.clear();
    for (const live of jails) {
      const actions = live.jail.config.actions.map((setting) => {
        const key = JSON.stringify([live.jail.name, setting]);
        const same = before.get(key);
        same?.use(live, cause);
        const action = same ?? open(live, setting, openAction);
        before.delete(key);
        running.set(key, action);
        return action;
      });
      if (actions.length > 0) ofJail.set(live.jail.name, actions);
    }
    for (const action of before.values()) leave(action);
  }

  return {
    emit(event) {
      emit(withMeans(event));
      observe(event);
    },
    failing: (name) => (ofJail.get(name) ?? []).flatMap((action) => action.failing()),
    become,
    async close() {
      if (closed) return;
      closed = true;
      passOnLifted();
      ofJail.clear();
      for (const action of running.values()) leave(action);
      const all = Promise.all(leaving);
      const patience = new AbortController();
      await Promise.race([all, options.clock.sleep(CLOSE_WITHIN_MS, patience.signal)]);
      patience.abort();
      stop.abort();
      await all;
    },
  };
}

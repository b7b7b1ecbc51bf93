/**
 * Implements fail2ban's commands with the daemon. Describes jails in fail2ban's terms, and executes orders with the
 * same functions as the control socket. A change of a jail lasts until the next reload, as in fail2ban.
 */
import type { JailName } from "../../domain/jail-name.ts";
import { formatProblem, type Problem } from "../../domain/problem.ts";
import { CommandError, unknownJail } from "./command-error.ts";
import type { CommandPort, JailChange, JailView } from "./command-port.ts";
import { compileAddedJail, createAddedJail, insertJail } from "./answer-fail2ban/added-jail.ts";
import { applyChange } from "./answer-fail2ban/apply-change.ts";
import {
  type RequestContext,
  type Fail2banAnswerOptions,
  liveJail,
  requireLive,
  requireRunning,
} from "./answer-fail2ban/request-context.ts";
import { type BanTally, createBanTally } from "./answer-fail2ban/ban-tally.ts";
import { attempt, ban, bansOf, unban } from "./answer-fail2ban/manual-bans.ts";
import { changeSetting, readSettings } from "./answer-fail2ban/settings.ts";
import { describeJail } from "./answer-fail2ban/describe-jail.ts";
import { replaceJail } from "./answer-fail2ban/replace-jail.ts";
import { createRuntimeOverrides } from "./answer-fail2ban/runtime-overrides.ts";
import { textsOf } from "./answer-fail2ban/texts.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { fail2banVersion } from "../config/release.ts";

const MAX_UNSTARTED = 100;

export interface Fail2banAnswer {
  readonly portFor: (who: string) => CommandPort;
  /** Counts bans since the start, from the daemon's events. */
  readonly tally: BanTally;
}

export function createFail2banAnswer(
  daemon: Daemon,
  options: Fail2banAnswerOptions,
): Fail2banAnswer {
  const tally = createBanTally(daemon.book);
  const overrides = createRuntimeOverrides();
  return { tally, portFor: (who) => createPort({ daemon, overrides, tally, who, ...options }) };
}

function createPort(context: RequestContext): CommandPort {
  const { daemon, overrides, log, who } = context;
  const names = (): readonly string[] => {
    const { idle, unstarted } = overrides.of(daemon.reading);
    const running = daemon.jails.map(({ jail }) => jail.name);
    return [...running, ...idle.keys(), ...unstarted.keys()].sort();
  };
  return {
    get version() {
      return fail2banVersion();
    },
    jails: names,
    view: (name) => viewOf(context, name),
    bans: (name) => bansOf(context, name),
    ban: (name, ids) => ban(context, name, ids),
    unban: (name, ids) => unban(context, name, ids),
    attempt: (name, id, lines) => attempt(context, name, { id, lines }),
    change: (name, change) => changeJail(context, name, change),
    settings: () => readSettings(daemon, log, overrides.settings),
    changeSetting: async (option, value) =>
      changeSetting({ daemon, log, overrides: overrides.settings }, option, value),
    addJail: (name, backend) => addJail(context, name, backend),
    startJail: (name) => startJail(context, name),
    stopJail: (name) => stopJail(context, name),
    reload: async () => {
      const reloaded = await daemon.reload(who);
      if (!reloaded.ok) throw wrongConfiguration(reloaded.error);
    },
    stop: async () => context.stop(who),
    flushLogs: () => log.reopen(),
  };
}

function viewOf(context: RequestContext, name: string): JailView | undefined {
  const live = liveJail(context, name);
  if (live === undefined) return undefined;
  const { daemon, overrides, tally } = context;
  const { name: jail } = live.jail;
  const current = daemon.book.countBans().get(jail) ?? 0;
  return describeJail({
    live,
    status: daemon.statusOf(live),
    fail2ban: fail2banJailOf(daemon, name),
    overrides: overrides.of(daemon.reading).texts.get(name) ?? new Map(),
    bans: { current, total: tally.totalOf(jail) },
    idle: overrides.of(daemon.reading).idle.has(name),
  });
}

function fail2banJailOf(
  { fail2ban }: Daemon,
  name: string,
): NonNullable<Daemon["fail2ban"]>["known"][number] | undefined {
  return fail2ban?.known.find((jail) => jail.name === name);
}

async function changeJail(
  context: RequestContext,
  name: string,
  change: JailChange,
): Promise<void> {
  const { daemon, overrides } = context;
  if (change.option === "idle") return setIdle(context, name, change.values[0] === "on");
  const live = requireLive(context, name);
  const { texts: all, unstarted } = overrides.of(daemon.reading);
  if (!unstarted.has(name)) requireRunning(context, name);
  const own = all.get(name) ?? new Map<string, string>();
  const { config } = live.jail;
  const texts = textsOf(config, fail2banJailOf(daemon, name), own);
  const { definition, search } = live;
  const changed = applyChange(
    { config, definition, overrides: own, texts, source: search.source },
    change,
  );
  all.set(name, changed.overrides);
  if (changed.config === config && changed.definition === definition) return;
  if (unstarted.has(name)) {
    unstarted.set(name, await compileAddedJail(changed));
    return;
  }
  const adjusted = await daemon.adjust((now) => replaceJail(now, changed));
  if (!adjusted.ok) throw wrongConfiguration(adjusted.error);
}

async function setIdle(context: RequestContext, name: string, on: boolean): Promise<void> {
  const { daemon, overrides } = context;
  const live = requireLive(context, name);
  const { idle, unstarted } = overrides.of(daemon.reading);
  if (unstarted.has(name)) requireRunning(context, name);
  if (idle.has(name) === on) return;
  await enable(context, live.jail.name, !on);
  if (on) idle.set(name, live);
  else idle.delete(name);
}

async function enable({ daemon }: RequestContext, name: JailName, enabled: boolean): Promise<void> {
  const adjusted = await daemon.adjust(({ config, filters }) => ({
    config: {
      ...config,
      jails: config.jails.map((jail) => (jail.name === name ? { ...jail, enabled } : jail)),
    },
    filters,
  }));
  if (!adjusted.ok) throw wrongConfiguration(adjusted.error);
}

async function addJail(
  { daemon, overrides }: RequestContext,
  name: string,
  backend: string,
): Promise<void> {
  const { unstarted, texts } = overrides.of(daemon.reading);
  if (unstarted.size >= MAX_UNSTARTED)
    throw new CommandError(`${MAX_UNSTARTED} jails were added and not started: start them first`);
  const added = await createAddedJail(name, backend);
  texts.set(name, new Map([["backend", backend.toLowerCase()]]));
  unstarted.set(name, added);
}

/** Starts a jail that was added, stopped, or disabled by the configuration. */
async function startJail(context: RequestContext, name: string): Promise<void> {
  const { daemon, overrides } = context;
  const { unstarted } = overrides.of(daemon.reading);
  const added = unstarted.get(name);
  if (added !== undefined) {
    const adjusted = await daemon.adjust((now) => insertJail(now, added));
    if (!adjusted.ok) throw wrongConfiguration(adjusted.error);
    unstarted.delete(name);
    return;
  }
  if (liveJail(context, name) !== undefined) return;
  const known = daemon.config.jails.find((jail) => jail.name === name);
  if (known === undefined) throw unknownJail(name);
  await enable(context, known.name, true);
}

/** Stops a jail and lifts its bans, as fail2ban does. */
async function stopJail(context: RequestContext, name: string): Promise<void> {
  const { daemon, overrides } = context;
  const { jail } = requireLive(context, name);
  const { idle, unstarted } = overrides.of(daemon.reading);
  idle.delete(name);
  unstarted.delete(name);
  await enable(context, jail.name, false);
  await unban(context, name, "all");
}

function wrongConfiguration(problems: readonly Problem[]): CommandError {
  return new CommandError(`the configuration is wrong: ${problems.map(formatProblem).join("; ")}`);
}

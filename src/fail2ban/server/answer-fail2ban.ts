/**
 * The daemon as fail2ban's protocol sees it: its jails in that program's words, and orders by the same functions as on
 * the control socket. What is changed of a jail holds until the next reload, as it does there.
 */
import type { JailName } from "../../domain/jail-name.ts";
import { formatProblem, type Problem } from "../../domain/problem.ts";
import { CommandError, unknownJail } from "./command-error.ts";
import type { CommandPort, JailChange, JailView } from "./command-port.ts";
import { compileAddedJail, createAddedJail, insertJail } from "./answer-fail2ban/added-jail.ts";
import { applyChange } from "./answer-fail2ban/apply-change.ts";
import {
  type Asking,
  type Fail2banAnswerOptions,
  liveJail,
  requireLive,
  requireRunning,
} from "./answer-fail2ban/asking.ts";
import { type BanTally, createBanTally } from "./answer-fail2ban/ban-tally.ts";
import { attempt, ban, bansOf, unban } from "./answer-fail2ban/hand-bans.ts";
import { changeSetting, readSettings } from "./answer-fail2ban/settings.ts";
import { describeJail } from "./answer-fail2ban/describe-jail.ts";
import { replaceJail } from "./answer-fail2ban/replace-jail.ts";
import { createSpoken } from "./answer-fail2ban/spoken.ts";
import { textsOf } from "./answer-fail2ban/texts.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { fail2banVersion } from "../config/release.ts";

const MAX_UNSTARTED = 100;

export interface Fail2banAnswer {
  readonly portFor: (who: string) => CommandPort;
  /** Of what the daemon tells: how many bans there were since the start. */
  readonly tally: BanTally;
}

export function createFail2banAnswer(
  daemon: Daemon,
  options: Fail2banAnswerOptions,
): Fail2banAnswer {
  const tally = createBanTally(daemon.book);
  const spoken = createSpoken();
  return { tally, portFor: (who) => createPort({ daemon, spoken, tally, who, ...options }) };
}

function createPort(asking: Asking): CommandPort {
  const { daemon, spoken, log, who } = asking;
  const names = (): readonly string[] => {
    const { idle, unstarted } = spoken.of(daemon.reading);
    const running = daemon.jails.map(({ jail }) => jail.name);
    return [...running, ...idle.keys(), ...unstarted.keys()].sort();
  };
  return {
    get version() {
      return fail2banVersion();
    },
    jails: names,
    view: (name) => viewOf(asking, name),
    bans: (name) => bansOf(asking, name),
    ban: (name, ids) => ban(asking, name, ids),
    unban: (name, ids) => unban(asking, name, ids),
    attempt: (name, id, lines) => attempt(asking, name, { id, lines }),
    change: (name, change) => changeJail(asking, name, change),
    settings: () => readSettings(daemon, log, spoken.said),
    changeSetting: async (option, value) =>
      changeSetting({ daemon, log, said: spoken.said }, option, value),
    addJail: (name, backend) => addJail(asking, name, backend),
    startJail: (name) => startJail(asking, name),
    stopJail: (name) => stopJail(asking, name),
    reload: async () => {
      const reloaded = await daemon.reload(who);
      if (!reloaded.ok) throw wrongConfiguration(reloaded.error);
    },
    stop: async () => asking.stop(who),
    flushLogs: () => log.reopen(),
  };
}

function viewOf(asking: Asking, name: string): JailView | undefined {
  const live = liveJail(asking, name);
  if (live === undefined) return undefined;
  const { daemon, spoken, tally } = asking;
  const { name: jail } = live.jail;
  const current = daemon.book.countBans().get(jail) ?? 0;
  return describeJail({
    live,
    status: daemon.statusOf(live),
    foreign: foreignOf(daemon, name),
    said: spoken.of(daemon.reading).texts.get(name) ?? new Map(),
    bans: { current, total: tally.totalOf(jail) },
    idle: spoken.of(daemon.reading).idle.has(name),
  });
}

function foreignOf(
  { foreign }: Daemon,
  name: string,
): NonNullable<Daemon["foreign"]>["known"][number] | undefined {
  return foreign?.known.find((jail) => jail.name === name);
}

async function changeJail(asking: Asking, name: string, change: JailChange): Promise<void> {
  const { daemon, spoken } = asking;
  if (change.option === "idle") return setIdle(asking, name, change.values[0] === "on");
  const live = requireLive(asking, name);
  const { texts: all, unstarted } = spoken.of(daemon.reading);
  if (!unstarted.has(name)) requireRunning(asking, name);
  const said = all.get(name) ?? new Map<string, string>();
  const { config } = live.jail;
  const texts = textsOf(config, foreignOf(daemon, name), said);
  const { definition, search } = live;
  const changed = applyChange({ config, definition, said, texts, source: search.source }, change);
  all.set(name, changed.said);
  if (changed.config === config && changed.definition === definition) return;
  if (unstarted.has(name)) {
    unstarted.set(name, await compileAddedJail(changed));
    return;
  }
  const adjusted = await daemon.adjust((now) => replaceJail(now, changed));
  if (!adjusted.ok) throw wrongConfiguration(adjusted.error);
}

async function setIdle(asking: Asking, name: string, on: boolean): Promise<void> {
  const { daemon, spoken } = asking;
  const live = requireLive(asking, name);
  const { idle, unstarted } = spoken.of(daemon.reading);
  if (unstarted.has(name)) requireRunning(asking, name);
  if (idle.has(name) === on) return;
  await enable(asking, live.jail.name, !on);
  if (on) idle.set(name, live);
  else idle.delete(name);
}

async function enable({ daemon }: Asking, name: JailName, enabled: boolean): Promise<void> {
  const adjusted = await daemon.adjust(({ config, filters }) => ({
    config: {
      ...config,
      jails: config.jails.map((jail) => (jail.name === name ? { ...jail, enabled } : jail)),
    },
    filters,
  }));
  if (!adjusted.ok) throw wrongConfiguration(adjusted.error);
}

async function addJail({ daemon, spoken }: Asking, name: string, backend: string): Promise<void> {
  const { unstarted, texts } = spoken.of(daemon.reading);
  if (unstarted.size >= MAX_UNSTARTED)
    throw new CommandError(`${MAX_UNSTARTED} jails were added and not started: start them first`);
  const added = await createAddedJail(name, backend);
  texts.set(name, new Map([["backend", backend.toLowerCase()]]));
  unstarted.set(name, added);
}

/** One that was added or stopped, or that the configuration has turned off. */
async function startJail(asking: Asking, name: string): Promise<void> {
  const { daemon, spoken } = asking;
  const { unstarted } = spoken.of(daemon.reading);
  const added = unstarted.get(name);
  if (added !== undefined) {
    const adjusted = await daemon.adjust((now) => insertJail(now, added));
    if (!adjusted.ok) throw wrongConfiguration(adjusted.error);
    unstarted.delete(name);
    return;
  }
  if (liveJail(asking, name) !== undefined) return;
  const known = daemon.config.jails.find((jail) => jail.name === name);
  if (known === undefined) throw unknownJail(name);
  await enable(asking, known.name, true);
}

/** Its bans end with it: who stops a jail wants them lifted. */
async function stopJail(asking: Asking, name: string): Promise<void> {
  const { daemon, spoken } = asking;
  const { jail } = requireLive(asking, name);
  const { idle, unstarted } = spoken.of(daemon.reading);
  idle.delete(name);
  unstarted.delete(name);
  await enable(asking, jail.name, false);
  await unban(asking, name, "all");
}

function wrongConfiguration(problems: readonly Problem[]): CommandError {
  return new CommandError(`the configuration is wrong: ${problems.map(formatProblem).join("; ")}`);
}

/** Executes one step of a plan in the world. */
import { instant } from "../../src/domain/instant.ts";
import { parseIp } from "../../src/domain/ip.ts";
import { parseSubject, type Subject } from "../../src/domain/cidr.ts";
import type { Happening } from "./happenings.ts";
import type { Action } from "./plan/step.ts";
import { ACCOUNTS } from "./plan/accounts.ts";
import {
  changeBook,
  changeJournal,
  changeRelay,
  changeReaders,
  forge,
  moveWriter,
  reopenLog,
  setPermissions,
} from "./take-step/log-steps.ts";
import { sshdMessages } from "./world/sshd.ts";
import type { World } from "./world/world.ts";

const SSH = 22;
const WHO = "operator";

type Of<K extends Action["kind"]> = Extract<Action, { readonly kind: K }>;

/** Last used numbers of logins, processes and ports. */
export interface Counters {
  logins: number;
}

export async function takeStep(world: World, action: Action, counters: Counters): Promise<void> {
  await take(world, action, counters);
  world.logs.reportTroubles();
}

async function take(world: World, action: Action, counters: Counters): Promise<void> {
  switch (action.kind) {
    case "login":
      return logIn(world, action, counters);
    case "rotate":
      return world.logs.file.rotate(action.how);
    case "truncate":
      return world.logs.file.truncate();
    case "cut-head":
      return world.logs.file.cutHead();
    case "rewrite":
      return world.logs.file.rewrite(undefined);
    case "remove-log":
      return world.logs.file.remove();
    case "reopen-log":
      return reopenLog(world);
    case "writer":
      return moveWriter(world, action);
    case "journal":
      return changeJournal(world, action);
    case "relay":
      return changeRelay(world, action);
    case "journal-reader":
      return changeReaders(world, action);
    case "forge":
      return forge(world, action, counters);
    case "btmp":
      return changeBook(world, action);
    case "permissions":
      return setPermissions(world, action);
    case "events":
      world.files.eventPolicy = action.are;
      return;
    case "crash":
      world.process?.crashAfter(action.uses);
      return;
    case "stop":
      return world.stop();
    case "start":
      return world.start();
    case "firewall":
      return changeFirewall(world, action);
    case "command":
      return order(world, action);
    case "reset-breaker":
      await world.process?.answer?.reset_breaker({}, WHO);
      return world.report({
        ...{ kind: "command", at: world.now, command: "reset-breaker" },
        ...{ jail: undefined, subject: undefined, time: undefined },
      });
    case "reload":
      return reload(world, action);
    case "clock":
      world.clock.step(action.step);
      return world.report({ kind: "clock", at: world.now, step: action.step, zoneStep: 0 });
    case "zone":
      return changeZone(world, action);
    case "disk":
      world.isDiskFull = action.is === "full";
      return world.report({ kind: `disk-${action.is}`, at: world.now });
    case "session":
      return changeSession(world, action);
  }
}

function logIn(world: World, { ip, user, outcome }: Of<"login">, counters: Counters): void {
  const address = parseIp(ip);
  if (address === undefined) throw new Error(`no address: ${ip}`);
  if (world.kernel.drops(address)) return;
  const id = ++counters.logins;
  const account = ACCOUNTS.some((name) => name === user) ? "known" : "unknown";
  const connection = {
    ip,
    user,
    outcome,
    account,
    pid: 1000 + id,
    port: 20_000 + (id % 40_000),
  } as const;
  const logged = world.logs.isWritten;
  const isRecorded = world.logins?.record(outcome, user, ip, world.clock.wall()) === true;
  world.report({
    ...{ kind: "login", at: world.now, id, service: "sshd", ip, user, outcome, logged, isRecorded },
    stamp: world.now + world.logs.skew,
    ...(world.logs.relay === undefined ? {} : { hasOffset: world.logs.style === "iso" }),
  });
  world.logs.logLogin(id, connection.pid, sshdMessages(connection));
  world.host.endConnection(SSH, address);
}

function changeFirewall(world: World, action: Of<"firewall">): void {
  const { kernel } = world;
  const report = (
    what: Extract<Happening, { kind: "firewall" }>["what"],
    subjects: readonly Subject[] = [],
    callTime = 0,
  ): void => world.report({ kind: "firewall", at: world.now, what, subjects, callTime });
  switch (action.what) {
    case "flush": {
      const subjects = kernel.dropped();
      kernel.flush();
      return report("flushed-ruleset", subjects);
    }
    case "delete": {
      const subjects = kernel.dropped().filter((_, i) => i % action.nth === 0);
      kernel.deleteElements(subjects);
      return report("deleted-elements", subjects);
    }
    case "insert": {
      const subjects = [requireSubject(action.subject)];
      kernel.insertElements(subjects);
      return report("inserted-elements", subjects);
    }
    case "accept-before":
      kernel.acceptsBefore = true;
      return report("foreign-accept");
    case "accept-no-more":
      kernel.acceptsBefore = false;
      return report("foreign-accept-removed");
    case "busy":
    case "refuses":
      kernel.answers = action.what;
      return report(action.what);
    case "slow":
      kernel.slowness = action.milliseconds;
      return report("slow", [], action.milliseconds);
    case "works":
      kernel.slowness = 0;
      kernel.answers = "works";
      return report("works-again");
  }
}

function requireSubject(text: string): Subject {
  const subject = parseSubject(text);
  if (subject === undefined) throw new Error(`no address or network: ${text}`);
  return subject;
}

/**
 * Sends a command, and reports it only if it succeeds: a refused command has no effect. One that a crash interrupted may
 * have had its effect, so that the second time it may change nothing.
 */
function order(world: World, action: Of<"command">, attempt: "first" | "again" = "first"): void {
  const { command, subject, jail, time } = action;
  const answer = world.process?.answer;
  if (answer === undefined) return;
  const obey = async (): Promise<boolean> => {
    switch (command) {
      case "ban": {
        const results = await answer.ban({ subject, jail, for: time }, WHO);
        return Array.isArray(results) && ["banned", "extended"].includes(results[0]?.outcome ?? "");
      }
      case "unban":
        return isSomething(await answer.unban({ subjects: [subject], all: false, jail }, WHO));
      case "allow":
        await answer.allow({ subject, for: time }, WHO);
        return true;
      case "disallow":
        await answer.disallow({ subject }, WHO);
        return true;
    }
  };
  const asked = {};
  world.orders.add(asked);
  let isGiven = attempt === "again";
  let givenAt = world.now;
  // Waits for the answer to the order before: reported in another order than obeyed, they would mean something else.
  const given = world.lastOrder.then(async () => {
    if (!world.orders.has(asked)) return false;
    const isFirst = !isGiven;
    isGiven = true;
    givenAt = world.now;
    return (await obey()) || !isFirst;
  });
  world.lastOrder = given.catch(() => undefined);
  void given.then(
    (succeeded) => {
      if (!world.orders.delete(asked))
        world.unanswered.push(() => order(world, action, isGiven ? "again" : "first"));
      else if (succeeded)
        world.report({ kind: "command", at: world.now, givenAt, command, jail, subject, time });
    },
    () => void world.orders.delete(asked),
  );
}

/** Reports whether an unban lifted anything; otherwise it changed nothing. */
function isSomething(lifted: unknown): boolean {
  return Array.isArray(lifted) && lifted.length > 0;
}

/** Reloads the configuration. Until the answer comes, what the daemon shows may be of either one. */
function reload(world: World, { jails }: Of<"reload">): void {
  world.jails = jails;
  const daemon = world.process?.daemon;
  if (daemon === undefined) return;
  const asked = {};
  world.orders.add(asked);
  void daemon
    .reload(WHO)
    .then((result) => {
      if (result.ok && world.orders.has(asked))
        world.report({ kind: "configured", at: world.now, jails });
    })
    .finally(() => world.orders.delete(asked));
}

function changeZone(world: World, { by, step }: Of<"zone">): void {
  const { zones } = world.host;
  if (by === "rule") zones.changeByRule(world.clock.wall(), step);
  else zones.set(world.clock.wall(), step);
  const isByRule = by === "rule";
  world.report({ kind: "clock", at: world.now, step: 0, zoneStep: step, isByRule });
}

function changeSession(world: World, { ip, user, is }: Of<"session">): void {
  const from = parseIp(ip);
  if (from === undefined) throw new Error(`no address: ${ip}`);
  const { people } = world.host;
  const at = people.findIndex((one) => one.from === from && one.account === user);
  if (is === "ended") {
    if (at >= 0) people.splice(at, 1);
    return world.report({ kind: "session-ended", at: world.now, ip, user });
  }
  const since = world.clock.wall();
  people.push({ kind: "session", account: user, from, since: instant(since), by: "pts/0" });
  world.report({ kind: "session-opened", at: world.now, ip, user });
}

/**
 * An action of fail2ban's Python kind: a file with a class Action, loaded by a process of its own that is asked in JSON.
 * A call that takes too long costs that process; the next one begins anew, start included.
 */
import { readFileSync } from "node:fs";
import type { ActionSetting } from "../config/kinds/action-setting.ts";
import { BAN_TAGS, type BanFacts, familyOfSubject } from "./ban-tags.ts";
import { findProgram } from "../host/process/find-program.ts";
import { findOtherWriter } from "../host/other-writer.ts";
import { type JsonChild, openJsonChild } from "../host/process/json-child.ts";
import { createSerialQueue } from "../host/serial-queue.ts";
import type { BanCommand, Failure, RunningAction } from "./running-action.ts";

export interface PythonActionOptions {
  readonly setting: ActionSetting;
  readonly path: string;
  readonly jail: string;
  /** Of a ban of the jail, in seconds; -1: for ever. */
  readonly bantime: number;
  readonly signal: AbortSignal;
}

/** What the object can do, as it says itself. */
interface Abilities {
  readonly norestored: boolean;
  readonly flush: boolean;
  readonly reload: boolean;
  readonly prolong: boolean;
}

/** The text as it is now, since an upgrade may replace the file while this program runs. */
const SHIM = readFileSync(new URL("./action-shim.py", import.meta.url), "utf8");
const NOTHING: Abilities = { norestored: false, flush: false, reload: false, prolong: false };
const NUMBERS: ReadonlySet<string> = new Set([
  ...["failures", "time", "bantime", "bancount", "restored", "ipfailures", "ipjailfailures"],
  ...["jail.banned", "jail.banned_total", "jail.found", "jail.found_total"],
]);
const ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LANG: "C.UTF-8",
};

export function createPythonAction(options: PythonActionOptions): RunningAction {
  const { setting, path, jail, signal } = options;
  const inTurn = createSerialQueue();
  let child: JsonChild | undefined;
  let abilities = NOTHING;
  let started = false;
  let holding = false;
  signal.addEventListener("abort", () => child?.close(), { once: true });

  async function ask(call: string, more: object = {}): Promise<Failure> {
    if (child === undefined) return { command: call, reason: "it is not loaded" };
    const answer = await child.ask({ call, ...more }, setting.timeout);
    const read = answer.ok ? readAnswer(answer.value) : answer.error;
    if (typeof read === "string") return { command: call, reason: read.slice(0, 300) };
    abilities = read;
    return undefined;
  }

  /** Loads it where it is not, or not any more. */
  async function load(): Promise<Failure> {
    if (child !== undefined && !child.gone) return undefined;
    if (signal.aborted) return { command: "load", reason: "it is too late" };
    const python = findProgram("python3");
    if (python === undefined) return { command: "load", reason: "there is no python3" };
    const other = findOtherWriter(path);
    if (other !== undefined)
      return { command: "load", reason: `${other.who} may write ${other.path}` };
    started = false;
    child = openJsonChild({ argv: [python, "-I", "-B", "-c", SHIM, path], env: ENVIRONMENT });
    const { name, properties } = setting;
    const failure = await ask("load", {
      jail,
      name,
      options: properties,
      bantime: options.bantime,
    });
    if (failure !== undefined) child.close();
    return failure;
  }

  async function begin(): Promise<Failure> {
    const failure = await load();
    if (failure !== undefined || started) return failure;
    started = true;
    return ask("start");
  }

  async function call(command: string, more: object = {}): Promise<Failure> {
    return (await begin()) ?? (await ask(command, more));
  }

  return {
    get norestored() {
      return setting.norestored || abilities.norestored;
    },
    get flushes() {
      return abilities.flush;
    },
    does: (command) => command !== "prolong" || abilities.prolong,
    start: () => inTurn(begin),
    run: (command: BanCommand, facts) =>
      inTurn(async () => {
        if (command === "unban" && !holding) return undefined;
        const failure = await call(command, { facts: plainFacts(facts) });
        if (failure === undefined && command !== "unban") holding = true;
        return failure;
      }),
    flush: () =>
      inTurn(async () => {
        if (!holding) return undefined;
        holding = false;
        return call("flush");
      }),
    reload: () => inTurn(async () => (abilities.reload && started ? ask("reload") : undefined)),
    stop: () =>
      inTurn(async () => {
        const failure = started && child?.gone === false ? await ask("stop") : undefined;
        child?.close();
        return failure;
      }),
  };
}

function readAnswer(value: unknown): Abilities | string {
  if (typeof value !== "object" || value === null) return "its answer is no object";
  const answer = new Map<string, unknown>(Object.entries(value));
  const error = answer.get("error");
  if (answer.get("ok") !== true) return typeof error === "string" ? error : "it failed";
  const is = answer.get("is");
  const able = new Map<string, unknown>(
    typeof is === "object" && is !== null ? Object.entries(is) : [],
  );
  return {
    norestored: able.get("norestored") === true,
    flush: able.get("flush") === true,
    reload: able.get("reload") === true,
    prolong: able.get("prolong") === true,
  };
}

/** Every fact at once: there is no asking back. */
function plainFacts(facts: BanFacts): Readonly<Record<string, unknown>> {
  const family = facts.subject === undefined ? "" : familyOfSubject(facts.subject);
  const plain = Object.entries(BAN_TAGS).map(([tag, of]) => {
    const text = of(facts, family);
    return [tag, NUMBERS.has(tag) ? Number(text) : text] as const;
  });
  return { ...Object.fromEntries(plain), "F-*": Object.fromEntries(facts.captured()) };
}

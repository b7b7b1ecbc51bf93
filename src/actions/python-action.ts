/**
 * Runs a fail2ban action that is a Python file with a class Action. A separate process loads the file and answers calls
 * in JSON. A call that takes too long kills the process; the next call starts another one.
 */
import { readFileSync } from "node:fs";
import type { ActionSetting } from "../config/kinds/shell-action-setting.ts";
import { BAN_TAGS, type BanFacts, familyOfSubject } from "./ban-tags.ts";
import { findProgram } from "../host/process/find-program.ts";
import { findOtherWriter } from "../host/other-writer.ts";
import { JsonChild } from "../host/process/json-child.ts";
import { createSerialQueue } from "../host/serial-queue.ts";
import type { BanCommand, Failure, RunningAction } from "./running-action.ts";

export interface PythonActionOptions {
  readonly setting: ActionSetting;
  readonly path: string;
  readonly jail: string;
  /** The jail's ban time in seconds; -1: permanent. */
  readonly bantime: number;
  readonly signal: AbortSignal;
}

/** Optional features that the Python object reports. */
interface Abilities {
  readonly norestored: boolean;
  readonly flush: boolean;
  readonly reload: boolean;
  readonly prolong: boolean;
}

/** Read when the daemon starts: an upgrade may replace the file later. */
const SHIM = readFileSync(new URL("./action-shim.py", import.meta.url), "utf8");
const NO_ABILITIES: Abilities = { norestored: false, flush: false, reload: false, prolong: false };
const MAX_REASON_LENGTH = 300;
/** Tags that Python receives as numbers instead of strings. */
const NUMERIC_TAGS: ReadonlySet<string> = new Set([
  ...["failures", "time", "bantime", "bancount", "restored", "ipfailures", "ipjailfailures"],
  ...["jail.banned", "jail.banned_total", "jail.found", "jail.found_total"],
]);
const ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LANG: "C.UTF-8",
};

export class PythonAction implements RunningAction {
  readonly #options: PythonActionOptions;
  readonly #serialize = createSerialQueue();
  #child: JsonChild | undefined;
  #abilities = NO_ABILITIES;
  #isStarted = false;
  #hasBans = false;

  constructor(options: PythonActionOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#child?.close(), { once: true });
  }

  get norestored(): boolean {
    return this.#options.setting.norestored || this.#abilities.norestored;
  }

  get flushes(): boolean {
    return this.#abilities.flush;
  }

  does(command: BanCommand): boolean {
    return command !== "prolong" || this.#abilities.prolong;
  }

  start(): Promise<Failure> {
    return this.#serialize(() => this.#ensureStarted());
  }

  run(command: BanCommand, facts: BanFacts): Promise<Failure> {
    return this.#serialize(async () => {
      if (command === "unban" && !this.#hasBans) return undefined;
      const failure = await this.#call(command, { facts: plainFacts(facts) });
      if (failure === undefined && command !== "unban") this.#hasBans = true;
      return failure;
    });
  }

  flush(): Promise<Failure> {
    return this.#serialize(async () => {
      if (!this.#hasBans) return undefined;
      this.#hasBans = false;
      return this.#call("flush");
    });
  }

  reload(): Promise<Failure> {
    return this.#serialize(async () =>
      this.#abilities.reload && this.#isStarted ? this.#ask("reload") : undefined,
    );
  }

  stop(): Promise<Failure> {
    return this.#serialize(async () => {
      const isRunning = this.#isStarted && this.#child?.gone === false;
      const failure = isRunning ? await this.#ask("stop") : undefined;
      this.#child?.close();
      return failure;
    });
  }

  async #call(command: string, more: object = {}): Promise<Failure> {
    return (await this.#ensureStarted()) ?? (await this.#ask(command, more));
  }

  async #ensureStarted(): Promise<Failure> {
    const failure = await this.#ensureLoaded();
    if (failure !== undefined || this.#isStarted) return failure;
    this.#isStarted = true;
    return this.#ask("start");
  }

  /** Starts the process unless it is running. */
  async #ensureLoaded(): Promise<Failure> {
    if (this.#child !== undefined && !this.#child.gone) return undefined;
    const { setting, path, jail, bantime, signal } = this.#options;
    if (signal.aborted) return { command: "load", reason: "the daemon is stopping" };
    const python = findProgram("python3");
    if (python === undefined) return { command: "load", reason: "python3 is not installed" };
    const other = findOtherWriter(path);
    if (other !== undefined)
      return { command: "load", reason: `${other.who} may write ${other.path}` };
    this.#isStarted = false;
    const child = new JsonChild({ argv: [python, "-I", "-B", "-c", SHIM, path], env: ENVIRONMENT });
    this.#child = child;
    const { name, properties } = setting;
    const failure = await this.#ask("load", { jail, name, options: properties, bantime });
    if (failure !== undefined) child.close();
    return failure;
  }

  async #ask(call: string, more: object = {}): Promise<Failure> {
    if (this.#child === undefined) return { command: call, reason: "the action is not loaded" };
    const answer = await this.#child.ask({ call, ...more }, this.#options.setting.timeout);
    const abilities = answer.ok ? readAnswer(answer.value) : answer.error;
    if (typeof abilities === "string")
      return { command: call, reason: abilities.slice(0, MAX_REASON_LENGTH) };
    this.#abilities = abilities;
    return undefined;
  }
}

/** Returns the abilities in an answer, or an error text. */
function readAnswer(value: unknown): Abilities | string {
  if (typeof value !== "object" || value === null) return "the answer is not an object";
  const answer = new Map<string, unknown>(Object.entries(value));
  const error = answer.get("error");
  if (answer.get("ok") !== true) return typeof error === "string" ? error : "the call failed";
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

/** Computes all facts together: the Python process cannot request them one by one. */
function plainFacts(facts: BanFacts): Readonly<Record<string, unknown>> {
  const family = facts.subject === undefined ? "" : familyOfSubject(facts.subject);
  const plain = Object.entries(BAN_TAGS).map(([tag, of]) => {
    const text = of(facts, family);
    return [tag, NUMERIC_TAGS.has(tag) ? Number(text) : text] as const;
  });
  return { ...Object.fromEntries(plain), "F-*": Object.fromEntries(facts.captured()) };
}

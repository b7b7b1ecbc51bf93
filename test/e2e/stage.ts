/**
 * Shared by end-to-end tests: a lab with a configuration, the daemon as users start it, additional log lines beside
 * those of the real sshd, and queries. Every wait is bounded.
 */
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Lab, type LabOptions, openLab } from "../../src/demo/lab.ts";
import { connectControl } from "../../src/control/client.ts";
import type { BanReply } from "../../src/control/ban-messages.ts";
import type { CommandName, Commands } from "../../src/control/messages.ts";

// Tests compare whole sentences, so output is not wrapped; screens.e2e.test.ts tests wrapping.
process.env["COLUMNS"] = "10000";

export type Running = ReturnType<Lab["startDaemon"]>;

/** One event of the daemon's log. */
export type LoggedEvent = Readonly<Record<string, unknown>> & { readonly event: string };

export interface StageOptions extends LabOptions {
  /** TOML after the [daemon] table. The jail reads the stage's log unless it has a source. */
  readonly config?: string;
}

export interface Stage extends AsyncDisposable {
  readonly lab: Lab;
  readonly log: string;
  readonly state: string;
  readonly socket: string;
  /** Path of the configuration file. */
  readonly config: string;
  readonly daemon: Running;
  /** Rewrites the configuration without a reload. */
  configure(toml: string): void;
  start(options?: Partial<Parameters<Lab["startDaemon"]>[0]>): Promise<void>;
  /** Ends the daemon and waits for its end. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  ask<Name extends CommandName>(
    command: Name,
    input: Commands[Name]["in"],
  ): Promise<Commands[Name]["out"]>;
  bans(): Promise<readonly BanReply[]>;
  bailiff(...args: readonly string[]): ReturnType<Lab["bailiff"]>;
  write(lines: string | readonly string[], log?: string): void;
  /** All events of the daemon since its last start. */
  events(name?: string): readonly LoggedEvent[];
  untilEvent(
    name: string,
    fields?: Readonly<Record<string, unknown>>,
    limit?: number,
  ): Promise<LoggedEvent>;
  /** Addresses the kernel blocks now. */
  blocked(): Promise<readonly string[]>;
  untilBlocked(address: string, limit?: number): Promise<void>;
  untilFree(address: string, limit?: number): Promise<void>;
}

/**
 * For events that come immediately or with the daemon's next checks within half a minute; only a very busy machine
 * needs this long.
 */
const LIMIT_MS = 180_000;

/** Maximum interval between two queries of untilTrue. */
const MAX_PAUSE_MS = 1000;

/** A configuration with maxretry 3. */
export const THREE_STRIKES = `[defaults]
maxretry = 3
findtime = "10m"
bantime = "1h"
increment = { enabled = false }

[jails.sshd]
`;

export async function openStage({
  config = THREE_STRIKES,
  ...labOptions
}: StageOptions): Promise<Stage> {
  const { sshd } = labOptions;
  const opened = await openLab(labOptions);
  assert.ok(opened.ok, opened.ok ? "" : opened.error);
  const lab = opened.value;
  const paths = {
    log: lab.log,
    state: join(lab.folder, "state"),
    socket: join(lab.folder, "bailiff.sock"),
    config: join(lab.folder, "bailiff.toml"),
  };
  mkdirSync(paths.state);
  if (sshd === "none") appendFileSync(paths.log, "");
  let daemon: Running | undefined;

  function current(): Running {
    assert.ok(daemon !== undefined, "the daemon was started");
    return daemon;
  }

  function configure(toml: string): void {
    const quote = JSON.stringify;
    const head = `[daemon]
state = ${quote(paths.state)}
socket = ${quote(paths.socket)}
log_format = "json"

`;
    const named = toml.includes("source =") || !toml.includes("[jails.sshd]\n");
    const source = `[jails.sshd]\nsource = { file = [${quote(paths.log)}] }\n`;
    writeFileSync(paths.config, head + (named ? toml : toml.replace("[jails.sshd]\n", source)));
  }
  configure(config);

  async function start(options: Partial<Parameters<Lab["startDaemon"]>[0]> = {}): Promise<void> {
    daemon = lab.startDaemon({ config: paths.config, ...options });
    const ready = await daemon.until('"event":"daemon-started"');
    assert.ok(ready !== undefined, `the daemon starts: ${daemon.lines.join("\n")}`);
  }

  function events(name?: string): readonly LoggedEvent[] {
    const all = current().lines.flatMap((line) => parseEvent(line) ?? []);
    return name === undefined ? all : all.filter(({ event }) => event === name);
  }

  async function blocked(): Promise<readonly string[]> {
    return (await lab.elements()).map(({ address }) => address);
  }

  return {
    lab,
    ...paths,
    get daemon() {
      return current();
    },
    configure,
    start,
    stop: async (signal = "SIGTERM") => {
      current().kill(signal);
      await current().ended;
    },
    ask: async (command, input) => {
      await using client = await connectControl(paths.socket);
      return await client.request(command, input);
    },
    bans: async () => {
      await using client = await connectControl(paths.socket);
      return await client.request("bans", {});
    },
    bailiff: (...args) => lab.bailiff(paths.config, ...args),
    write: (lines, log = paths.log) => appendFileSync(log, linesOf(lines)),
    events,
    untilEvent: async (name, fields = {}, limit = LIMIT_MS) => {
      const found = await current().until(
        { test: (line) => isEvent(parseEvent(line), name, fields) },
        { limit },
      );
      const event = found === undefined ? undefined : parseEvent(found);
      if (event !== undefined) return event;
      assert.fail(
        `no event ${name} ${JSON.stringify(fields)}; last: ${current().lines.slice(-15).join("\n")}`,
      );
    },
    blocked,
    untilBlocked: (address, limit) =>
      untilTrue(async () => (await blocked()).includes(address), `${address} is blocked`, limit),
    untilFree: (address, limit) =>
      untilTrue(async () => !(await blocked()).includes(address), `${address} is free`, limit),
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  };
}

function linesOf(lines: string | readonly string[]): string {
  return [lines]
    .flat()
    .map((line) => `${line}\n`)
    .join("");
}

function parseEvent(line: string): LoggedEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  const event: LoggedEvent = JSON.parse(line);
  return event;
}

function isEvent(
  event: LoggedEvent | undefined,
  name: string,
  fields: Readonly<Record<string, unknown>>,
): boolean {
  return (
    event?.event === name &&
    Object.entries(fields).every(([field, value]) => event[field] === value)
  );
}

/** Polls a condition that has no event, such as the kernel's state or a file, in growing intervals. */
export async function untilTrue(
  condition: () => Promise<boolean> | boolean,
  what: string,
  limit: number = LIMIT_MS,
): Promise<void> {
  const began = performance.now();
  while (!(await condition())) {
    const waited = performance.now() - began;
    if (waited > limit) assert.fail(`not within ${limit} ms: ${what}`);
    // Most conditions start a program, some of which take half a second of processor time, and four tests poll at the same time.
    await new Promise((resolve) => setTimeout(resolve, Math.min(10 + waited / 5, MAX_PAUSE_MS)));
  }
}

/** Above real process ids: the daemon looks for the process of a line, and other tests run at the same time. */
const FIRST_PID = 3_000_000;
let pid = FIRST_PID;

/** Lines of sshd for one wrong password, each from another process. */
export function failedPassword(
  ip: string,
  { user = "root", at = new Date() }: { readonly user?: string; readonly at?: Date } = {},
): string {
  return logLine(`Failed password for ${user} from ${ip} port 40022 ssh2`, { at });
}

export function failures(ip: string, count: number): readonly string[] {
  return Array.from({ length: count }, () => failedPassword(ip));
}

export function logLine(message: string, { at = new Date() }: { readonly at?: Date } = {}): string {
  pid = pid < 4_000_000 ? pid + 1 : FIRST_PID;
  return `${at.toISOString().replace("Z", "000+00:00")} lab sshd[${pid}]: ${message}`;
}

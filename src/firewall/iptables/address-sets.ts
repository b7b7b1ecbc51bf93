/**
 * Holds blocks in ipsets, one hash:net set for each family and port scope: addresses and networks of every length.
 * The kernel ends elements by itself and counts their packets.
 */
import { createInterface } from "node:readline";
import { duration } from "../../domain/duration.ts";
import type { EnforcedBlock } from "../../domain/enforcer.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { explainEnd, openChild } from "../../host/process/child-process.ts";
import { type ProgramEnd, runProgram } from "../../host/process/run-program.ts";
import { sleep } from "../../host/timers.ts";
import { MAX_SET_ELEMENTS } from "../enforcer-abilities.ts";
import { isScopeName, type ScopeKey, scopeNameOf } from "./scope-name.ts";
import { parseHeaders, parseMember, type SetHeader } from "./set-text.ts";

const TIMEOUT_MILLISECONDS = 60_000;

/**
 * The kernel releases a set a moment after iptables-nft removed the rules that use it, on a busy machine after many
 * seconds. Destroying is retried in growing pauses until this time is over.
 */
const BUSY_LIMIT_MS = 10_000;
const DESTROY_PAUSE_MS = 100;
const MAX_PAUSE_MS = 1000;

export interface AddressSets {
  /** Returns the headers of our sets, by name. */
  headers(): Promise<Result<ReadonlyMap<string, SetHeader>, string>>;
  /** Creates sets. */
  create(keys: readonly ScopeKey[]): Promise<Result<undefined, string>>;
  /** Destroys sets, which no rule may use any more. `busyLimit`: how long the kernel may take to release them, in ms. */
  destroy(names: readonly string[], busyLimit?: number): Promise<Result<undefined, string>>;
  /** Runs commands of `ipset restore`, one for each line; earlier ones stay in effect if one fails. */
  run(commands: readonly string[]): Promise<SetsEnd>;
  /** Lists the blocks of one set; a missing set has none. */
  list(key: ScopeKey): Promise<readonly EnforcedBlock[]>;
}

export interface SetsEnd {
  /** undefined: all commands succeeded. */
  readonly error: string | undefined;
  /** Index of the command that failed; undefined: the error is about no single command. */
  readonly failedAt: number | undefined;
}

export function openAddressSets(ipset: string): AddressSets {
  const call = (args: readonly string[], input: string): Promise<ProgramEnd> =>
    runProgram({ argv: [ipset, ...args], input, timeoutMilliseconds: TIMEOUT_MILLISECONDS });

  async function run(commands: readonly string[]): Promise<SetsEnd> {
    const end = await call(["-exist", "restore"], `${commands.join("\n")}\n`);
    if (end.ok) return { error: undefined, failedAt: undefined };
    const [, line, reason] = /Error in line (\d+): (.*)/.exec(end.error) ?? [];
    const error = reason ?? end.error;
    return { error, failedAt: line === undefined ? undefined : Number(line) - 1 };
  }

  async function runAll(commands: readonly string[]): Promise<Result<undefined, string>> {
    if (commands.length === 0) return ok(undefined);
    const { error } = await run(commands);
    return error === undefined ? ok(undefined) : fail(error);
  }

  async function destroy(
    commands: readonly string[],
    busyLimit: number,
  ): Promise<Result<undefined, string>> {
    const deadline = performance.now() + busyLimit;
    let rest = commands;
    for (let attempt = 1; rest.length > 0; attempt++) {
      const { error, failedAt } = await run(rest);
      if (error === undefined) break;
      const isBusy = /in use by a kernel component/.test(error) && failedAt !== undefined;
      if (!isBusy || performance.now() > deadline) return fail(error);
      rest = rest.slice(failedAt);
      const pause = Math.min(attempt * DESTROY_PAUSE_MS, MAX_PAUSE_MS);
      await sleep(pause, new AbortController().signal);
    }
    return ok(undefined);
  }

  return {
    run,
    async headers() {
      const end = await call(["list", "-t"], "");
      if (!end.ok) return fail(end.error);
      const ours = parseHeaders(end.output).filter(({ name }) => isScopeName(name));
      return ok(new Map(ours.map((header) => [header.name, header])));
    },
    create: (keys) => runAll(keys.map(createCommand)),
    destroy: (names, busyLimit = BUSY_LIMIT_MS) =>
      destroy(
        names.map((name) => `destroy ${name}`),
        busyLimit,
      ),
    list: (key) => listSet(ipset, key),
  };
}

function createCommand(key: ScopeKey): string {
  const family = key.family === "ipv4" ? "inet" : "inet6";
  return `create ${scopeNameOf(key)} hash:net family ${family} maxelem ${MAX_SET_ELEMENTS} timeout 0 counters`;
}

/** Returns whether a set can hold the blocks of this key. */
export function isUsable({ type, header }: SetHeader, key: ScopeKey): boolean {
  const family = key.family === "ipv4" ? "inet" : "inet6";
  const size = Number(/ maxelem (\d+)/.exec(header)?.[1]);
  return (
    type === "hash:net" &&
    header.startsWith(`family ${family} `) &&
    / timeout \d/.test(header) &&
    / counters\b/.test(header) &&
    size >= MAX_SET_ELEMENTS
  );
}

/** Streams the listing: that of a large set is longer than the output of a short-lived program may be. */
async function listSet(ipset: string, key: ScopeKey): Promise<readonly EnforcedBlock[]> {
  const stop = new AbortController();
  const name = scopeNameOf(key);
  const child = openChild([ipset, "save", name], stop.signal);
  try {
    const blocks: EnforcedBlock[] = [];
    for await (const line of createInterface({ input: child.output })) {
      const member = parseMember(line, name);
      if (member === "header") continue;
      if (member === undefined)
        throw new Error(`cannot read this line of ipset: ${line.slice(0, 200)}`);
      const { subject, packets, isExcluded } = member;
      // An element that excludes its addresses from a wider one blocks nothing, so it counts as ending now.
      const left = isExcluded ? duration(0) : member.left;
      blocks.push({ subject, scope: key.scope, packets, left });
    }
    const { isOk } = await child.ended;
    if (!isOk && !/does not exist/.test(child.errorOutput()))
      throw new Error(`cannot list the set ${name}: ${await explainEnd("ipset", child)}`);
    return blocks;
  } finally {
    stop.abort();
  }
}

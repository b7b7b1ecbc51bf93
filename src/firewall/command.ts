/**
 * Enforces bans with commands of the administrator: argument lists, never a shell. For firewalls that bailiff does not
 * know. What the commands did is known only from a `check` and a `list` command; without them, a ban counts as enforced
 * when its command exited with 0, and damage by others is never noticed. Keeps one entry for each block in memory.
 */
import type { ArgumentTemplate } from "../config/kinds/argv-kind.ts";
import type { Subject } from "../domain/cidr.ts";
import { type Duration, duration } from "../domain/duration.ts";
import type {
  Change,
  EnforcedBlock,
  Enforcer,
  ForeignChange,
  Prepared,
  Refusal,
} from "../domain/enforcer.ts";
import type { Instant } from "../domain/instant.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { type CommandEnd, runCommand } from "../host/process/run-command.ts";
import { admitChange, type IsAllowed } from "./admit-change.ts";
import { ABILITIES } from "./enforcer-abilities.ts";
import { fillCommand } from "./command/command-template.ts";
import { enforcedBlock, type CommandBlock, keyOf } from "./command/command-block.ts";
import { parseListing } from "./command/parse-listing.ts";
import { COMMAND_KINDS, type CommandKind, resolveCommands } from "./command/resolve-commands.ts";
import { runLimited } from "./command/run-limited.ts";
import type { Unusable } from "./nftables.ts";
import { watchUnannounced } from "./watch-unannounced.ts";

export interface CommandOptions {
  readonly name?: string | undefined;
  /** Adds a block. Runs again when the end changes, if it uses `{seconds}` or `{until}`. */
  readonly ban: ArgumentTemplate;
  readonly unban: ArgumentTemplate;
  /** Prepares the firewall, at the start of the daemon and after a failed check. */
  readonly start?: ArgumentTemplate | undefined;
  /** Undoes `start`, when bailiff is removed. */
  readonly stop?: ArgumentTemplate | undefined;
  /** Succeeds if what `start` made is in force. */
  readonly check?: ArgumentTemplate | undefined;
  /** Removes all blocks. */
  readonly flush?: ArgumentTemplate | undefined;
  /** Prints the blocks in force, one a line. */
  readonly list?: ArgumentTemplate | undefined;
  /** Maximum time of a command; 30 s by default. */
  readonly timeout?: Duration | undefined;
  /** Maximum number of commands at a time; 4 by default. */
  readonly parallel?: number | undefined;
  /** Maximum number of blocks; unlimited by default. */
  readonly capacity?: number | undefined;
  readonly isAllowed: IsAllowed;
}

const TIMEOUT = duration(30_000);
const PARALLEL = 4;
/** Some 500,000 addresses. */
const MAX_LISTING = 16 * 1024 * 1024;
const OUTPUT_WAIT_MS = 5000;
const MAX_REASON_LENGTH = 300;

type Commands = ReadonlyMap<CommandKind, ArgumentTemplate>;

/** Opens the enforcer, without running a command. Fails with what is missing and how to fix it. */
export async function openCommand(options: CommandOptions): Promise<Result<Enforcer, Unusable>> {
  const resolved = resolveCommands(options);
  if (!resolved.ok) return resolved;
  const { commands, used } = resolved.value;
  return ok(new CommandFirewall(commands, used, options));
}

class CommandFirewall implements Enforcer {
  readonly name: string;
  readonly enforcing = true;
  readonly lookup = undefined;
  readonly abilities: Enforcer["abilities"];
  readonly #commands: Commands;
  readonly #options: CommandOptions;
  /** Whether a new end needs the command again. */
  readonly #repeats: boolean;
  /** Ends the commands in progress. */
  #stop = new AbortController();
  #held = new Map<string, CommandBlock>();
  /** Whether no block outside `#held` can exist. */
  #isComplete = false;
  #isStarted = false;
  #isFlushed = false;
  #isRemoved = false;

  constructor(commands: Commands, used: ReadonlySet<string>, options: CommandOptions) {
    this.#commands = commands;
    this.#options = options;
    this.#repeats = used.has("seconds") || used.has("until");
    this.name = options.name ?? "command";
    // A command may pass the end on, but nothing proves that it is kept.
    this.abilities = {
      ...ABILITIES.command,
      scopes: used.has("ports") ? "ports" : "host",
      capacity: options.capacity,
    };
  }

  /** The end of the watch announces that the daemon stops: it must not wait for commands that hang. */
  watch(signal: AbortSignal): AsyncIterable<ForeignChange> {
    const interrupt = (): void => {
      this.#stop.abort();
      this.#stop = new AbortController();
    };
    signal.addEventListener("abort", interrupt, { once: true });
    return watchUnannounced(signal);
  }

  async prepare(): Promise<Prepared> {
    const begun = await this.#begin();
    if (!begun.ok) return { error: begun.error, repaired: false, structure: undefined };
    const checked = await this.#run("check");
    if (checked.ok) return this.#prepared(false);
    // Whatever failed the check may have removed the blocks too.
    [this.#isStarted, this.#isFlushed, this.#held] = [false, false, new Map()];
    const restored = await this.#begin();
    const result = restored.ok ? await this.#run("check") : restored;
    if (result.ok) return this.#prepared(true);
    return { error: result.error, repaired: false, structure: undefined };
  }

  #prepared(repaired: boolean): Prepared {
    const known = COMMAND_KINDS.filter((kind) => this.#commands.has(kind)).join(", ");
    return { error: undefined, repaired, structure: `commands ${known}` };
  }

  async #begin(): Promise<Result<undefined, string>> {
    if (this.#isStarted) return ok(undefined);
    const started = await this.#run("start");
    if (!started.ok) return started;
    // Without a list, blocks of an earlier run are unknown, so none of them may stay.
    const canFlush = !this.#commands.has("list") && this.#commands.has("flush");
    if (canFlush && !this.#isFlushed) {
      const flushed = await this.#run("flush");
      if (!flushed.ok) return flushed;
      [this.#held, this.#isComplete, this.#isFlushed] = [new Map(), true, true];
    }
    [this.#isStarted, this.#isRemoved] = [true, false];
    return ok(undefined);
  }

  /** Also runs start again, without a flush, which would remove blocks that are still in force. */
  invalidate(): void {
    this.#isStarted = false;
    for (const [key, block] of this.#held) this.#held.set(key, { ...block, isDoubtful: true });
  }

  async apply(changes: readonly Change[], now: Instant): Promise<readonly Refusal[]> {
    const refusals: Refusal[] = [];
    const last = new Map<string, Change>();
    for (const change of changes) {
      const refusal = admitChange(change, this.#options.isAllowed, this.abilities.scopes);
      if (refusal === undefined) last.set(keyOf(change), change);
      else refusals.push(refusal);
    }
    const ordered = [...last.values()].map((change) => asRemoval(change, now));
    // Removals first, because a firewall with a limit has room only after them.
    const [removals, additions] = [
      ordered.filter(({ kind }) => kind === "remove"),
      ordered.filter(({ kind }) => kind === "add"),
    ];
    const { parallel = PARALLEL } = this.#options;
    const { signal } = this.#stop;
    const run = (batch: readonly Change[]): Promise<readonly (string | undefined)[]> =>
      runLimited(batch, parallel, (change) => this.#applyOne(change, now, signal));
    const errors = [...(await run(removals)), ...(await run(additions))];
    [...removals, ...additions].forEach((change, i) => {
      const error = errors[i];
      const original = last.get(keyOf(change)) ?? change;
      if (error !== undefined) refusals.push({ change: original, error, retryable: true });
    });
    return refusals;
  }

  /** Returns an error, or undefined. */
  async #applyOne(change: Change, now: Instant, signal: AbortSignal): Promise<string | undefined> {
    const key = keyOf(change);
    const held = this.#held.get(key);
    if (change.kind === "remove") {
      if (held === undefined && this.#isComplete) return undefined;
      const removed = await this.#run("unban", { change, now, signal });
      // It is unknown whether this block exists.
      if (!removed.ok && held !== undefined) return removed.error;
      this.#held.delete(key);
      return undefined;
    }
    const { subject, scope, until } = change;
    const isSame =
      held !== undefined && !held.isDoubtful && (!this.#repeats || held.until === until);
    if (held === undefined && this.#isFull()) return `it is full (${this.#held.size} blocks)`;
    // Reserves the place: other changes run at the same time.
    this.#held.set(key, { subject, scope, until, isDoubtful: false });
    if (isSame) return undefined;
    const added = await this.#run("ban", { change, now, signal });
    if (added.ok) return undefined;
    // A command that failed late may have added it.
    this.#isComplete = false;
    if (held === undefined) this.#held.delete(key);
    else this.#held.set(key, held);
    return added.error;
  }

  #isFull(): boolean {
    return this.#held.size >= (this.#options.capacity ?? Number.POSITIVE_INFINITY);
  }

  async list(): Promise<readonly EnforcedBlock[]> {
    const command = this.#commands.get("list");
    if (command !== undefined && !this.#isRemoved) await this.#readBack(command);
    return [...this.#held.values()].map(enforcedBlock);
  }

  async #readBack(argv: ArgumentTemplate): Promise<void> {
    const bounds = { maxOutput: MAX_LISTING, outputWait: OUTPUT_WAIT_MS };
    const end = await runCommand({ ...this.#limits(), ...bounds, argv });
    if (!end.ok) throw new Error(explain("list", end));
    if (end.output.length >= MAX_LISTING)
      throw new Error(`the list command printed more than ${MAX_LISTING / 2 ** 20} MiB`);
    const listed = parseListing(end.output);
    if (!listed.ok) throw new Error(listed.error);
    const before = this.#held;
    this.#held = new Map(
      listed.value.map((block) => {
        const key = keyOf(block);
        return [key, { ...block, until: before.get(key)?.until, isDoubtful: false }];
      }),
    );
    this.#isComplete = true;
  }

  async count(subjects: readonly Subject[]): Promise<readonly EnforcedBlock[]> {
    const wanted = new Set(subjects);
    return [...this.#held.values()].filter(({ subject }) => wanted.has(subject)).map(enforcedBlock);
  }

  async removeAll(): Promise<Result<undefined, string>> {
    // What `stop` removed cannot be flushed or listed.
    if (this.#isRemoved) return ok(undefined);
    const flushed = this.#commands.has("flush") ? await this.#run("flush") : await this.#unbanAll();
    if (!flushed.ok) return flushed;
    this.#held = new Map();
    const stopped = await this.#run("stop");
    if (stopped.ok) [this.#isStarted, this.#isFlushed, this.#isRemoved] = [false, false, true];
    return stopped;
  }

  async #unbanAll(): Promise<Result<undefined, string>> {
    const blocks = await this.list();
    const removals = blocks.map(
      ({ subject, scope }): Change => ({ kind: "remove", subject, scope }),
    );
    const [refusal] = await this.apply(removals, 0 as Instant);
    return refusal === undefined ? ok(undefined) : fail(refusal.error);
  }

  async close(): Promise<void> {
    this.#stop.abort();
  }

  /** Runs a command of the configuration; one that is not configured succeeds. */
  async #run(
    kind: CommandKind,
    about?: { readonly change: Change; readonly now: Instant; readonly signal: AbortSignal },
  ): Promise<Result<undefined, string>> {
    const command = this.#commands.get(kind);
    if (command === undefined) return ok(undefined);
    const argv = about === undefined ? command : fillCommand(command, about.change, about.now);
    const { signal } = about ?? this.#stop;
    const end = await runCommand({ ...this.#limits(), argv, signal });
    return end.ok ? ok(undefined) : fail(explain(kind, end));
  }

  #limits(): { readonly timeoutMilliseconds: number; readonly signal: AbortSignal } {
    return {
      timeoutMilliseconds: this.#options.timeout ?? TIMEOUT,
      signal: this.#stop.signal,
    };
  }
}

/** A block that has ended is removed. */
function asRemoval(change: Change, now: Instant): Change {
  if (change.kind === "remove" || change.until === "forever" || change.until > now) return change;
  return { kind: "remove", subject: change.subject, scope: change.scope };
}

function explain(kind: CommandKind, { how, error, output }: CommandEnd): string {
  const said = (error || output).replaceAll(/\s+/g, " ").slice(0, MAX_REASON_LENGTH);
  return `the ${kind} command failed: ${how}${said === "" ? "" : `: ${said}`}`;
}

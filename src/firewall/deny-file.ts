/**
 * Enforces bans with a deny list that another program reads: a web server, a proxy, tcp wrappers. The whole file is
 * bailiff's, replaced atomically, and a command makes the program read it. Blocks whole hosts, and counts nothing.
 * Blocks end only with the daemon's help: they stay in the file while it is dead. In memory: one set of all subjects.
 */
import { watch } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Clock } from "../domain/clock.ts";
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
import { ALL_PORTS } from "../domain/port-scope.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { reasonOf } from "../host/explain-system-error.ts";
import { findProgram } from "../host/process/find-program.ts";
import type { Emit } from "../telemetry/events.ts";
import { admitChange, type IsAllowed } from "./admit-change.ts";
import { ABILITIES } from "./enforcer-abilities.ts";
import {
  type DenyFormat,
  type DenyFormatName,
  shippedFormat,
  templateFormat,
} from "./deny-file/deny-format.ts";
import { judgePlace } from "./deny-file/judge-place.ts";
import { createOwnFile, type OwnFile } from "./deny-file/own-file.ts";
import { createPacedReload, type PacedReload } from "./deny-file/paced-reload.ts";
import type { Unusable } from "./nftables.ts";

export interface DenyFileOptions {
  readonly name?: string | undefined;
  /** Absolute path of the list. */
  readonly path: string;
  readonly format: DenyFormatName | { readonly template: string; readonly comment?: string };
  /** Makes the program read the list: a program and its arguments; none if it reads it by itself. */
  readonly reload?: readonly string[] | undefined;
  /** Minimum time between two reloads; 5 s by default. Bans in between wait for the next one. */
  readonly every?: Duration | undefined;
  /** Maximum time of a reload; 30 s by default. */
  readonly timeout?: Duration | undefined;
  readonly isAllowed: IsAllowed;
  readonly emit: Emit;
  readonly clock: Clock;
}

export interface DenyFile extends Enforcer {
  readonly path: string;
}

const EVERY = duration(5000);
const TIMEOUT = duration(30_000);

/** Opens the enforcer, without a change to the file. Fails with what is missing and how to fix it. */
export async function openDenyFile(options: DenyFileOptions): Promise<Result<DenyFile, Unusable>> {
  const { path, reload = [], every = EVERY, timeout = TIMEOUT, clock, emit } = options;
  const format = formatOf(options);
  if (!format.ok)
    return fail({ reason: format.error, fix: 'correct "template"', isMisconfigured: true });
  const argv = findCommand(reload);
  if (!argv.ok) return argv;
  const place = judgePlace(path);
  if (place !== undefined) return fail(place);
  const file = createOwnFile(path, (text) => format.value.isOwn(text));
  const found = file.read();
  if (!found.ok) {
    const fix = `move ${path} away, and include the new one beside it, or set another "path"`;
    return fail({ reason: found.error, fix });
  }
  const paced = createPacedReload({ argv: argv.value, every, timeout, clock, emit });
  return ok(enforcerOn(new DenyList(file, format.value, paced), paced, options));
}

function formatOf({ format }: DenyFileOptions): Result<DenyFormat, string> {
  return typeof format === "string"
    ? ok(shippedFormat(format))
    : templateFormat(format.template, format.comment ?? "#");
}

function findCommand(reload: readonly string[]): Result<readonly string[], Unusable> {
  const [name, ...args] = reload;
  if (name === undefined) return ok([]);
  const program = findProgram(name);
  if (program !== undefined) return ok([program, ...args]);
  const fix = `install it, or correct "reload"`;
  return fail({ reason: `the reload command's program ${name} was not found`, fix });
}

function enforcerOn(list: DenyList, reload: PacedReload, options: DenyFileOptions): DenyFile {
  const { name = "file", path, isAllowed, emit } = options;
  return {
    name,
    path,
    enforcing: true,
    abilities: ABILITIES.file,
    lookup: undefined,
    prepare: () => list.prepare(describe(options)),
    apply: (changes, now) => list.apply(changes, now, isAllowed),
    list: async () => {
      const read = list.read();
      if (!read.ok) throw new Error(read.error);
      return Array.from(read.value, blockOf);
    },
    count: async (subjects) => {
      const held = list.held;
      return subjects.filter((subject) => held.has(subject)).map(blockOf);
    },
    watch: (signal) => {
      // The end of the watch announces that the daemon stops.
      signal.addEventListener("abort", () => reload.hurry(), { once: true });
      return watchFile(path, () => list.takeDisturbed(), emit, signal);
    },
    removeAll: () => list.clear(),
    close: async () => reload.close(),
  };
}

function describe({ path, format, reload = [] }: DenyFileOptions): string {
  const kind = typeof format === "string" ? `format ${format}` : "a template";
  // Arguments may contain a secret.
  const [program] = reload;
  const read = program === undefined ? "no reload command" : `reloaded by ${program}`;
  return `file ${path}, ${kind}, ${read}`;
}

function blockOf(subject: Subject): EnforcedBlock {
  return { subject, scope: ALL_PORTS, packets: undefined, left: undefined };
}

class DenyList {
  readonly #file: OwnFile;
  readonly #format: DenyFormat;
  readonly #reload: PacedReload;
  #held: ReadonlySet<Subject> = new Set();
  #wasWritten = false;
  /** Whether another program changed the file before a change of ours, which hides that from the watch. */
  #isDisturbed = false;

  constructor(file: OwnFile, format: DenyFormat, reload: PacedReload) {
    [this.#file, this.#format, this.#reload] = [file, format, reload];
  }

  /** What the file contained when it was last read or written. */
  get held(): ReadonlySet<Subject> {
    return this.#held;
  }

  /** Returns whether another program changed the file since the last call. */
  takeDisturbed(): boolean {
    const isDisturbed = this.#isDisturbed || !this.#file.isUnchanged();
    this.#isDisturbed = false;
    return isDisturbed;
  }

  /** Makes the file exist, with nothing but entries, and makes the program read it if that failed before. */
  async prepare(structure: string): Promise<Prepared> {
    const failed = (error: string): Prepared => ({ error, repaired: false, structure: undefined });
    const place = this.#file.checkPlace();
    if (!place.ok) return { ...failed(place.error.reason), fix: place.error.fix };
    const read = this.#file.read();
    if (!read.ok) return failed(read.error);
    const text = read.value ?? "";
    this.#held = this.#format.parse(text);
    const isWhole = text === this.#format.render(this.#held);
    const repaired = !isWhole && (this.#wasWritten || text.trim() !== "");
    if (!isWhole) {
      const written = this.#write(this.#held);
      if (!written.ok) return failed(written.error);
    }
    this.#wasWritten = true;
    const reloaded = await this.#reload.run();
    return reloaded.ok ? { error: undefined, repaired, structure } : failed(reloaded.error);
  }

  async apply(
    changes: readonly Change[],
    now: Instant,
    isAllowed: IsAllowed,
  ): Promise<readonly Refusal[]> {
    const refusals: Refusal[] = [];
    const admitted: Change[] = [];
    for (const change of changes) {
      const refusal = this.#admit(change, isAllowed);
      if (refusal === undefined) admitted.push(change);
      else refusals.push(refusal);
    }
    const done = await this.#applyAdmitted(admitted, now);
    if (done.ok) return refusals;
    const { error } = done;
    return [...refusals, ...admitted.map((change) => ({ change, error, retryable: true }))];
  }

  #admit(change: Change, isAllowed: IsAllowed): Refusal | undefined {
    const refusal = admitChange(change, isAllowed, "host");
    if (refusal !== undefined) return refusal;
    const isHeldAsNetwork = change.kind === "add" && change.subject.includes("/");
    if (!isHeldAsNetwork || this.#format.networks) return undefined;
    return { change, error: "this format cannot hold networks", retryable: false };
  }

  async #applyAdmitted(
    changes: readonly Change[],
    now: Instant,
  ): Promise<Result<undefined, string>> {
    if (changes.length === 0) return ok(undefined);
    const read = this.read();
    if (!read.ok) return read;
    const wanted = new Set(read.value);
    let isChanged = false;
    for (const change of changes) {
      const { kind, subject } = change;
      const isAdded = kind === "add" && (change.until === "forever" || change.until > now);
      isChanged = isAdded !== wanted.has(subject) || isChanged;
      if (isAdded) wanted.add(subject);
      else wanted.delete(subject);
    }
    const written = isChanged ? this.#write(wanted) : ok(undefined);
    return written.ok ? this.#reload.run() : written;
  }

  /** Returns the entries of the file. */
  read(): Result<ReadonlySet<Subject>, string> {
    if (this.#file.isUnchanged()) return ok(this.#held);
    this.#isDisturbed = this.#wasWritten;
    const read = this.#file.read();
    if (!read.ok) return read;
    this.#held = this.#format.parse(read.value ?? "");
    return ok(this.#held);
  }

  #write(subjects: ReadonlySet<Subject>): Result<undefined, string> {
    const written = this.#file.write(this.#format.render(subjects));
    if (!written.ok) return written;
    this.#held = subjects;
    this.#reload.setDue();
    return written;
  }

  /** Leaves an empty list, because the other program's configuration names the file. */
  async clear(): Promise<Result<undefined, string>> {
    const read = this.#file.read();
    // A file of another program holds nothing of ours.
    if (!read.ok || read.value === undefined) return ok(undefined);
    const written = this.#write(new Set());
    return written.ok ? this.#reload.run() : written;
  }
}

/** Watches the folder, because a replaced file is another file. */
async function* watchFile(
  path: string,
  takeDisturbed: () => boolean,
  emit: Emit,
  signal: AbortSignal,
): AsyncGenerator<ForeignChange> {
  try {
    for await (const { filename } of watch(dirname(path), { signal })) {
      const concerns = filename === null || filename === basename(path);
      if (concerns && takeDisturbed()) yield { kind: "changed", by: undefined };
    }
  } catch (error) {
    if (signal.aborted) return;
    emit({ event: "firewall-monitor-lost", reason: reasonOf(error) });
    yield { kind: "monitor-lost", by: undefined };
  }
}

/**
 * Simulates journalctl(1) as far as the daemon uses it: matches, a start by cursor or time, the newest lines, following,
 * and the export format. A process of it can end or hang.
 */
import { Readable } from "node:stream";
import { machineId } from "../../../src/host/machine-id.ts";
import type { Child, ChildEnd } from "../../../src/host/process/child-process.ts";
import type { Journal, JournalRecord } from "./journal.ts";

export const JOURNALCTL = "/usr/bin/journalctl";

const BOOT = "b".repeat(32);
/** Values with other control characters than a tab are written with their length. */
const NEEDS_LENGTH = /[\0-\x08\x0a-\x1f]/;

interface Question {
  readonly options: ReadonlyMap<string, string>;
  readonly matches: (record: JournalRecord) => boolean;
}

/** Answers one question, and returns what is printed. */
export function printJournal(journal: Journal, argv: readonly string[]): string {
  const { options, matches } = readArguments(argv);
  let found = entriesFrom(journal, options).filter(matches);
  const lines = Number(options.get("lines") ?? Infinity);
  found = found.slice(Math.max(0, found.length - lines));
  if (options.has("reverse")) found = found.toReversed();
  if (options.get("output") === "cat")
    return found.map(({ fields }) => `${fields["MESSAGE"] ?? ""}\n`).join("");
  return Buffer.concat(found.map((record) => formatExport(record, options))).toString();
}

/** One process that follows the journal. */
export class FollowingJournalctl {
  readonly output: Readable = new Readable({ read: () => undefined });
  readonly ended: Promise<ChildEnd>;
  readonly #journal: Journal;
  readonly #question: Question;
  readonly #onEnd: () => void;
  #resolve: (end: ChildEnd) => void = () => undefined;
  /** Entries that a hanging process has not printed; undefined: it does not hang. */
  #unprinted: JournalRecord[] | undefined;
  #isOver = false;

  constructor(journal: Journal, argv: readonly string[], onEnd: () => void) {
    this.#journal = journal;
    this.#question = readArguments(argv);
    this.#onEnd = onEnd;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    for (const record of entriesFrom(journal, this.#question.options)) this.#take(record);
    journal.followers.add(this.#take);
  }

  get isHanging(): boolean {
    return this.#unprinted !== undefined && !this.#isOver;
  }

  readonly #take = (record: JournalRecord): void => {
    if (!this.#question.matches(record)) return;
    if (this.#unprinted !== undefined) this.#unprinted.push(record);
    else this.output.push(formatExport(record, this.#question.options));
  };

  hang(): void {
    this.#unprinted ??= [];
  }

  resume(): void {
    const unprinted = this.#unprinted ?? [];
    this.#unprinted = undefined;
    for (const record of unprinted) this.#take(record);
  }

  /** Ends the process by a signal. `cut`: it printed only the beginning of its last entry, a copy of `record`. */
  kill(signal: "SIGTERM" | "SIGKILL", cut?: JournalRecord): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#journal.followers.delete(this.#take);
    if (cut !== undefined && this.#question.matches(cut) && this.#unprinted === undefined) {
      const whole = formatExport(cut, this.#question.options);
      this.output.push(whole.subarray(0, whole.length - 2));
    }
    this.output.push(null);
    this.#resolve({ isOk: false, how: `was ended by ${signal}` });
    this.#onEnd();
  }
}

/** Starts a process; its output is complete unless it follows. */
export function openJournalctl(
  journal: Journal,
  argv: readonly string[],
  { signal, onEnd }: { readonly signal: AbortSignal; readonly onEnd: () => void },
): { readonly child: Child; readonly following: FollowingJournalctl | undefined } {
  const common = { pid: 4000, errorOutput: () => "" };
  if (!argv.includes("--follow")) {
    const output = Readable.from([Buffer.from(printJournal(journal, argv))]);
    const ended = Promise.resolve({ isOk: true, how: "ended with exit code 0" });
    return { child: { ...common, output, ended }, following: undefined };
  }
  const following = new FollowingJournalctl(journal, argv, onEnd);
  const stop = (): void => following.kill("SIGTERM");
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  return { child: { ...common, output: following.output, ended: following.ended }, following };
}

function readArguments(argv: readonly string[]): Question {
  const words = argv.slice(1);
  const options = new Map<string, string>();
  for (const word of words) {
    if (!word.startsWith("--")) continue;
    const [name = "", ...value] = word.slice(2).split("=");
    options.set(name, value.join("="));
  }
  const groups: string[][] = [[]];
  for (const word of words) {
    if (word === "+") groups.push([]);
    else if (!word.startsWith("--")) groups.at(-1)?.push(word);
  }
  const identifier = options.get("identifier");
  const isWanted = ({ fields }: JournalRecord): boolean =>
    identifier === undefined || fields["SYSLOG_IDENTIFIER"] === identifier;
  return {
    options,
    matches: (record) => isWanted(record) && groups.some((group) => satisfies(record, group)),
  };
}

/** Several values of one field are alternatives. */
function satisfies({ fields }: JournalRecord, group: readonly string[]): boolean {
  const byName = Map.groupBy(group, (match) => match.slice(0, match.indexOf("=")));
  return [...byName].every(([name, matches]) =>
    matches.some((match) => match === `${name}=${fieldOf(fields, name)}`),
  );
}

function fieldOf(fields: JournalRecord["fields"], name: string): string | undefined {
  return name === "_MACHINE_ID" ? machineId() : fields[name];
}

function entriesFrom(
  journal: Journal,
  options: ReadonlyMap<string, string>,
): readonly JournalRecord[] {
  const entries = journal.entries();
  const [cursor, since] = [options.get("cursor"), options.get("since")];
  if (cursor !== undefined) {
    const first = entries.findIndex((record) => isAtOrAfter(record, cursor));
    return first < 0 ? [] : entries.slice(first);
  }
  if (since === undefined) return entries;
  const from = Number(since.slice(1)) * 1000;
  const first = entries.findIndex(({ writtenAt }) => writtenAt >= from);
  return first < 0 ? [] : entries.slice(first);
}

/** Compares within one sequence by its numbers, else by the time since boot. */
function isAtOrAfter(record: JournalRecord, cursor: string): boolean {
  const parts = new Map(cursor.split(";").map((part) => [part.slice(0, 1), part.slice(2)]));
  if (parts.get("s") === record.sequence)
    return record.number >= Number.parseInt(parts.get("i") ?? "", 16);
  return record.monotonic * 1000 >= Number.parseInt(parts.get("m") ?? "", 16);
}

function cursorOf({ sequence, number, monotonic, writtenAt }: JournalRecord): string {
  const hex = (value: number): string => value.toString(16);
  return [
    `s=${sequence};i=${hex(number)};b=${BOOT};m=${hex(monotonic * 1000)}`,
    `t=${hex(writtenAt * 1000)};x=${hex(number)}`,
  ].join(";");
}

function formatExport(record: JournalRecord, options: ReadonlyMap<string, string>): Buffer {
  const wanted = options.get("output-fields")?.split(",");
  const fields = Object.entries({
    ...record.fields,
    _SOURCE_REALTIME_TIMESTAMP: String(record.sentAt * 1000),
  }).filter(([name]) => wanted === undefined || wanted.includes(name));
  const head = [
    `__CURSOR=${cursorOf(record)}`,
    `__REALTIME_TIMESTAMP=${record.writtenAt * 1000}`,
    `__MONOTONIC_TIMESTAMP=${record.monotonic * 1000}`,
    `_BOOT_ID=${BOOT}`,
  ];
  const parts = fields.map(([name, value]) => formatField(name, value));
  return Buffer.concat([Buffer.from(`${head.join("\n")}\n`), ...parts, Buffer.from("\n")]);
}

function formatField(name: string, value: string): Buffer {
  if (!NEEDS_LENGTH.test(value)) return Buffer.from(`${name}=${value}\n`);
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.from("\n")]);
}

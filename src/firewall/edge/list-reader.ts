/**
 * Reads one list of a service, page by page. Bounds pages, entries, bytes and time of the whole reading; after an answer
 * that is not a list, the next reading waits for a backoff. Entries with bailiff's mark are its own.
 */
import type { Clock } from "../../domain/clock.ts";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { type Duration, duration, formatDuration } from "../../domain/duration.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type Backoff, createBackoff } from "../../host/backoff.ts";
import type { Definition } from "./definition.ts";
import type { Answer, ServiceClient, ServiceError } from "./service-client.ts";
import { isMet, readPath, type Values } from "./template.ts";

export interface ListReaderOptions {
  readonly definition: Definition;
  readonly client: Pick<ServiceClient, "received">;
  readonly send: (template: Definition["list"], values: Values) => Promise<Answer>;
  /** Marks of our entries: that of new ones first. */
  readonly marks: readonly string[];
  readonly clock: Clock;
  readonly pauses: { readonly first: Duration; readonly longest: Duration };
}

export interface Reading {
  /** Our entries, with the service's identifiers where known. */
  readonly ours: Map<Subject, string | undefined>;
  /** Our entries that block nothing, such as disabled ones. */
  readonly inactive: Map<Subject, string | undefined>;
  /** Entries of others that block. */
  readonly foreign: Set<Subject>;
  /** Entries that are no address, in a list that is replaced as a whole. */
  readonly rest: unknown[];
  /** Further placeholders for `replace`. */
  kept: Values;
}

const MAX_PAGES = 1000;
const MAX_ENTRIES = 500_000;
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_TIME_MS = 120_000;

export function emptyReading(): Reading {
  return { ours: new Map(), inactive: new Map(), foreign: new Set(), rest: [], kept: {} };
}

export class ListReader {
  readonly #options: ListReaderOptions;
  readonly #backoff: Backoff;
  /** Monotonic time before which the list is not read, and why. */
  #pause = { until: Number.NEGATIVE_INFINITY, reason: "" };

  constructor(options: ListReaderOptions) {
    this.#options = options;
    this.#backoff = createBackoff(options.pauses);
  }

  /** Reads the whole list. */
  async read(): Promise<Result<Reading, ServiceError>> {
    const { clock } = this.#options;
    const left = this.#pause.until - clock.monotonic();
    if (left > 0) {
      const wait = formatDuration(duration(left));
      return rejected(`${this.#pause.reason}; next reading in ${wait}`);
    }
    const read = await this.#readPages();
    if (read.ok) this.#backoff.reset();
    else if (read.error.kind === "rejected")
      // The client pauses after the other errors.
      this.#pause = {
        until: clock.monotonic() + this.#backoff.next(),
        reason: read.error.message,
      };
    return read;
  }

  async #readPages(): Promise<Result<Reading, ServiceError>> {
    const { definition, client, send, clock } = this.#options;
    const { list } = definition;
    const [began, before] = [clock.monotonic(), client.received];
    const reading = emptyReading();
    const cursors = new Set([""]);
    let [cursor, entries] = ["", 0];
    for (let page = 1; page <= MAX_PAGES; page++) {
      const answer = await send(list, { cursor, page });
      if (!answer.ok) return answer;
      const part = readPath(answer.value, list.items);
      if (!Array.isArray(part)) return rejected(`the answer has no list at "${list.items}"`);
      entries += part.length;
      if (entries > MAX_ENTRIES) return rejected("the list has too many entries");
      if (client.received - before > MAX_BYTES) return rejected("the list is too large");
      for (const item of part) this.#note(item, reading);
      reading.kept = Object.fromEntries(
        Object.entries(list.keep).map(([name, path]) => [name, readPath(answer.value, path)]),
      );
      const next = list.cursor === undefined ? "" : readPath(answer.value, list.cursor);
      cursor = typeof next === "string" ? next : "";
      const pages = list.pages === undefined ? 0 : Number(readPath(answer.value, list.pages));
      if (cursor === "" && !(page < pages)) return ok(reading);
      if (cursor !== "" && cursors.has(cursor))
        return rejected("the service returned a page's cursor twice");
      cursors.add(cursor);
      if (clock.monotonic() - began > MAX_TIME_MS)
        return rejected(`the list could not be read within ${MAX_TIME_MS / 1000}s`);
    }
    return rejected("the list has too many pages");
  }

  #note(item: unknown, { ours, inactive, foreign, rest }: Reading): void {
    const { definition, marks } = this.#options;
    const { address, id, mark: markPath, active } = definition.list;
    const subject = parseSubject(String(readPath(item, address)));
    if (subject === undefined) {
      if (definition.replace !== undefined) rest.push(item);
      return;
    }
    const isActive = active.every((condition) => isMet(condition, item));
    const isForeign =
      markPath !== undefined && !marks.some((mark) => readPath(item, markPath) === mark);
    const key = id === undefined ? undefined : String(readPath(item, id));
    if (!isForeign) (isActive ? ours : inactive).set(subject, key);
    else if (isActive) foreign.add(subject);
  }
}

function rejected(message: string): Result<never, ServiceError> {
  return fail({ kind: "rejected", message });
}

/**
 * Changes one list of a service. A change counts as made if the answer says so, or the list shows it. Entries with
 * bailiff's mark are its own; all others are never changed. In a list without marks, every address is its own. Uses
 * memory in proportion to the entries of the list.
 */
import { splitSubject, type Subject } from "../../domain/cidr.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { ChangeTemplate } from "./definition.ts";
import { emptyReading, ListReader, type ListReaderOptions } from "./list-reader.ts";
import type { Answer, ServiceClient, ServiceError } from "./service-client.ts";
import { fillValue, readPath, type Values } from "./template.ts";

/** Subjects that could not be added or removed, with the service's error. */
export type Failures = ReadonlyMap<Subject, string>;

export interface ServiceListOptions extends Omit<ListReaderOptions, "send" | "client"> {
  readonly client: ServiceClient;
  /** Parameters, and the placeholders of the family. */
  readonly values: Values;
}

/** The result of a request for some subjects. */
interface Outcome {
  readonly subjects: readonly Subject[];
  readonly error: string | undefined;
  /** Whether only the list says if the change was made: the answer does not. */
  readonly isDoubtful: boolean;
}

interface Wanted {
  readonly add: readonly Subject[];
  readonly remove: readonly Subject[];
}

/** Bounds the search for a refused entry in a batch. */
const MAX_HALVINGS = 32;
/** How often a list that another program changes is read again. */
const MAX_CONFLICTS = 3;

export class ServiceList {
  readonly #options: ServiceListOptions;
  readonly #reader: ListReader;
  #known = emptyReading();
  #isRead = false;

  constructor(options: ServiceListOptions) {
    this.#options = options;
    this.#reader = new ListReader({ ...options, send: (list, values) => this.#send(list, values) });
  }

  get ours(): ReadonlyMap<Subject, string | undefined> {
    return this.#known.ours;
  }

  /** Returns whether there is an entry of ours, although it may block nothing. */
  has(subject: Subject): boolean {
    return this.#known.ours.has(subject) || this.#known.inactive.has(subject);
  }

  get inactive(): ReadonlyMap<Subject, string | undefined> {
    return this.#known.inactive;
  }

  /** Entries of others that block. */
  get foreign(): ReadonlySet<Subject> {
    return this.#known.foreign;
  }

  get isRead(): boolean {
    return this.#isRead;
  }

  /** Reads the whole list. Keeps what was known if that fails. */
  async read(): Promise<Result<undefined, ServiceError>> {
    const read = await this.#reader.read();
    if (!read.ok) return read;
    [this.#known, this.#isRead] = [read.value, true];
    return ok(undefined);
  }

  /** Adds and removes entries, in as few requests as possible. Removals first, because they make room. */
  async update({ add, remove }: Wanted): Promise<Failures> {
    const { definition } = this.#options;
    if (definition.replace !== undefined) return this.#replace({ add, remove });
    // Services reject a second entry for an address, also beside one that blocks nothing.
    const gone = [...remove, ...add.filter((subject) => this.#known.inactive.has(subject))];
    const removals = await this.#removeEntries(gone);
    const additions =
      definition.add === undefined ? [] : await this.#inBatches(definition.add, add);
    for (const { subjects, error, isDoubtful } of additions)
      if (error === undefined && !isDoubtful)
        for (const subject of subjects) this.#known.ours.set(subject, undefined);
    const outcomes = [...removals, ...additions];
    const failures = new Map<Subject, string>();
    for (const { subjects, error, isDoubtful } of outcomes)
      if (error !== undefined && !isDoubtful) failAll(failures, subjects, error);
    const doubts = outcomes.filter(({ isDoubtful }) => isDoubtful);
    const read = doubts.length > 0 ? await this.read() : ok(undefined);
    if (read.ok) this.#compare(doubts, new Set(add), failures);
    else for (const { subjects } of doubts) failAll(failures, subjects, read.error.message);
    return failures;
  }

  async #removeEntries(subjects: readonly Subject[]): Promise<readonly Outcome[]> {
    const { remove, list } = this.#options.definition;
    if (remove === undefined || subjects.length === 0) return [];
    // The service names new entries itself.
    const isUnknown =
      list.id !== undefined && subjects.some((subject) => this.#idOf(subject) === undefined);
    const known = isUnknown ? await this.read() : ok(undefined);
    if (!known.ok) return [{ subjects, error: known.error.message, isDoubtful: false }];
    const outcomes = await this.#inBatches(
      remove,
      subjects.filter((subject) => this.has(subject)),
    );
    for (const { subjects: removed, error, isDoubtful } of outcomes)
      if (error === undefined && !isDoubtful)
        for (const subject of removed) {
          this.#known.ours.delete(subject);
          this.#known.inactive.delete(subject);
        }
    return outcomes;
  }

  /** Compares changes that no answer confirmed with the list as it was just read. */
  #compare(
    doubts: readonly Pick<Outcome, "subjects" | "error">[],
    added: ReadonlySet<Subject>,
    failures: Map<Subject, string>,
  ): void {
    for (const { subjects, error = "the service accepted the change" } of doubts)
      for (const subject of subjects) {
        const isMade = added.has(subject) ? this.#blocks(subject) : !this.has(subject);
        if (!isMade) failures.set(subject, `${error}, but ${this.#describe(subject)}`);
      }
  }

  #blocks(subject: Subject): boolean {
    return this.#known.ours.has(subject) || this.#known.foreign.has(subject);
  }

  #describe(subject: Subject): string {
    if (this.#known.ours.has(subject)) return "the list still has the entry";
    return this.#known.inactive.has(subject)
      ? "the entry in the list blocks nothing"
      : "the list has no entry that blocks it";
  }

  #idOf(subject: Subject): string | undefined {
    return this.#known.ours.get(subject) ?? this.#known.inactive.get(subject);
  }

  async #inBatches(
    change: ChangeTemplate,
    subjects: readonly Subject[],
  ): Promise<readonly Outcome[]> {
    const budget = { halvings: MAX_HALVINGS };
    const outcomes: Outcome[] = [];
    for (let start = 0; start < subjects.length; start += change.batch)
      outcomes.push(
        ...(await this.#change(change, subjects.slice(start, start + change.batch), budget)),
      );
    return outcomes;
  }

  /** Sends one batch. If the service rejects it, searches the entries that it rejects. */
  async #change(
    change: ChangeTemplate,
    subjects: readonly Subject[],
    budget: { halvings: number },
  ): Promise<readonly Outcome[]> {
    const entries = subjects.map((subject) => this.#entryValues(subject));
    const [only = {}] = entries.length === 1 ? entries : [];
    const each = entries.map((entry) => fillValue(change.each, entry));
    const answer = await this.#complete(
      change,
      await this.#send(change, { ...only, entries: each }),
    );
    const success = change.success ?? this.#options.definition.errors.success;
    if (answer.ok)
      return [{ subjects, error: undefined, isDoubtful: change.verify || success === undefined }];
    const { kind, message } = answer.error;
    if (kind === "rejected" && change.done.some((text) => message.includes(text)))
      return [{ subjects, error: message, isDoubtful: true }];
    if (kind !== "rejected" || subjects.length === 1 || budget.halvings <= 0)
      return [{ subjects, error: message, isDoubtful: false }];
    budget.halvings--;
    const half = Math.ceil(subjects.length / 2);
    return [
      ...(await this.#change(change, subjects.slice(0, half), budget)),
      ...(await this.#change(change, subjects.slice(half), budget)),
    ];
  }

  /** Waits for an operation that the service completes later. */
  async #complete({ operation }: ChangeTemplate, answer: Answer): Promise<Answer> {
    const { client, values } = this.#options;
    if (!answer.ok || operation === undefined) return answer;
    const id = readPath(answer.value, operation);
    return typeof id === "string"
      ? client.untilDone(id, values)
      : rejected("the answer names no operation");
  }

  async #replace({ add, remove }: Wanted): Promise<Failures> {
    const { replace } = this.#options.definition;
    const failures = new Map<Subject, string>();
    if (replace === undefined) return failures;
    for (let conflicts = 0; ; conflicts++) {
      const ours = new Map(this.#known.ours);
      for (const subject of remove) ours.delete(subject);
      for (const subject of add) ours.set(subject, undefined);
      const each = [...ours.keys()].map((subject) =>
        fillValue(replace.each, this.#entryValues(subject)),
      );
      const answer = await this.#send(replace, {
        ...this.#known.kept,
        entries: [...this.#known.rest, ...each],
      });
      const error = answer.ok ? undefined : answer.error;
      const isConflict = replace.conflict.some((text) => error?.message.includes(text));
      // The next change needs what a new reading returns, such as a lock token.
      const again = error === undefined || isConflict ? await this.read() : ok(undefined);
      if (error === undefined && again.ok) {
        const answered = [{ subjects: [...add, ...remove], error: undefined }];
        this.#compare(answered, new Set(add), failures);
        return failures;
      }
      if (isConflict && again.ok && conflicts < MAX_CONFLICTS) continue;
      failAll(
        failures,
        [...add, ...remove],
        error?.message ?? (again.ok ? "" : again.error.message),
      );
      return failures;
    }
  }

  #entryValues(subject: Subject): Values {
    const { definition, marks } = this.#options;
    const { ip, family, prefix } = splitSubject(subject);
    const { kinds } = definition;
    return {
      ...{
        subject,
        cidr: `${ip}/${prefix}`,
        address: ip,
        prefix: String(prefix),
        family,
        mark: marks[0],
      },
      kind: subject.includes("/") ? kinds?.network : kinds?.[family],
      id: this.#idOf(subject),
    };
  }

  async #send(request: Parameters<ServiceClient["send"]>[0], more: Values): Promise<Answer> {
    const { client, values, marks } = this.#options;
    const answer = await client.send(request, { ...values, mark: marks[0], ...more });
    if (answer.ok) client.resetBackoff();
    return answer;
  }
}

function rejected(message: string): Result<never, ServiceError> {
  return fail({ kind: "rejected", message });
}

function failAll(
  failures: Map<Subject, string>,
  subjects: readonly Subject[],
  message: string,
): void {
  for (const subject of subjects) failures.set(subject, message);
}

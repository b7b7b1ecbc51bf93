/**
 * Reads and changes one list of a service. Entries that bear our mark are ours; all others are foreign, and never
 * touched. In a list without marks, every address is ours. Keeps one entry of memory for each entry of the list.
 */
import { splitSubject, parseSubject, type Subject } from "../../domain/cidr.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { ChangeTemplate, Definition } from "./definition.ts";
import type { Answer, ServiceClient, ServiceError } from "./service-client.ts";
import { fillValue, readPath, type Values } from "./template.ts";

/** Subjects that could not be added or removed, with the service's error. */
export type Failures = ReadonlyMap<Subject, string>;

export interface ServiceListOptions {
  readonly definition: Definition;
  readonly client: ServiceClient;
  /** Parameters, and the placeholders of the family. */
  readonly values: Values;
  readonly mark: string;
}

interface Wanted {
  readonly add: readonly Subject[];
  readonly remove: readonly Subject[];
}

/** Bounds on a list that never ends, and on the search for a refused entry in a batch. */
const MAX_PAGES = 1000;
const MAX_HALVINGS = 32;
/** How often a list that another program changes is read again. */
const MAX_CONFLICTS = 3;

export class ServiceList {
  readonly #options: ServiceListOptions;
  /** Our entries, with the service's identifiers where known. */
  #ours = new Map<Subject, string | undefined>();
  #foreign = new Set<Subject>();
  /** Entries that are no address, in a list that is replaced as a whole. */
  #rest: readonly unknown[] = [];
  #kept: Values = {};
  #isRead = false;

  constructor(options: ServiceListOptions) {
    this.#options = options;
  }

  get ours(): ReadonlyMap<Subject, string | undefined> {
    return this.#ours;
  }

  get foreign(): ReadonlySet<Subject> {
    return this.#foreign;
  }

  get isRead(): boolean {
    return this.#isRead;
  }

  /** Reads the whole list. Keeps what was known if that fails. */
  async read(): Promise<Result<undefined, ServiceError>> {
    const { list } = this.#options.definition;
    const items: unknown[] = [];
    let [cursor, kept]: [string, Values] = ["", {}];
    for (let page = 1; ; page++) {
      if (page > MAX_PAGES) return rejected("the list has too many pages");
      const answer = await this.#send(list, { cursor, page });
      if (!answer.ok) return answer;
      const part = readPath(answer.value, list.items) ?? [];
      if (!Array.isArray(part)) return rejected(`the answer has no list at "${list.items}"`);
      items.push(...part);
      kept = Object.fromEntries(
        Object.entries(list.keep).map(([name, path]) => [name, readPath(answer.value, path)]),
      );
      const next = list.cursor === undefined ? undefined : readPath(answer.value, list.cursor);
      cursor = typeof next === "string" ? next : "";
      const pages = list.pages === undefined ? 0 : Number(readPath(answer.value, list.pages));
      if (cursor === "" && !(page < pages)) break;
    }
    this.#note(items, kept);
    return ok(undefined);
  }

  #note(items: readonly unknown[], kept: Values): void {
    const { definition, mark } = this.#options;
    const { address, id, mark: markPath } = definition.list;
    const [ours, foreign, rest] = [
      new Map<Subject, string | undefined>(),
      new Set<Subject>(),
      [] as unknown[],
    ];
    for (const item of items) {
      const subject = parseSubject(String(readPath(item, address)));
      if (subject === undefined) rest.push(item);
      else if (markPath !== undefined && readPath(item, markPath) !== mark) foreign.add(subject);
      else ours.set(subject, id === undefined ? undefined : String(readPath(item, id)));
    }
    [this.#ours, this.#foreign, this.#rest] = [ours, foreign, rest];
    [this.#kept, this.#isRead] = [kept, true];
  }

  /** Adds and removes entries, in as few requests as possible. Removals first, because they make room. */
  async update(wanted: Wanted): Promise<Failures> {
    const { add, remove, replace } = this.#options.definition;
    if (replace !== undefined) return this.#replace(wanted);
    const failures = new Map<Subject, string>();
    if (remove !== undefined && wanted.remove.length > 0) {
      // The service names new entries itself.
      const isUnknown = wanted.remove.some((subject) => this.#ours.get(subject) === undefined);
      const known = isUnknown && this.#needsId() ? await this.read() : ok(undefined);
      if (!known.ok) failAll(failures, wanted.remove, known.error.message);
      else {
        const held = wanted.remove.filter((subject) => this.#ours.has(subject));
        await this.#inBatches(remove, held, failures, (subject) => this.#ours.delete(subject));
      }
    }
    if (add !== undefined)
      await this.#inBatches(add, wanted.add, failures, (subject) =>
        this.#ours.set(subject, undefined),
      );
    return failures;
  }

  #needsId(): boolean {
    return this.#options.definition.list.id !== undefined;
  }

  async #inBatches(
    change: ChangeTemplate,
    subjects: readonly Subject[],
    failures: Map<Subject, string>,
    onDone: (subject: Subject) => unknown,
  ): Promise<void> {
    const budget = { halvings: MAX_HALVINGS };
    for (let start = 0; start < subjects.length; start += change.batch) {
      const batch = subjects.slice(start, start + change.batch);
      for (const [part, error] of await this.#change(change, batch, budget))
        if (error === undefined) part.forEach(onDone);
        else failAll(failures, part, error);
    }
  }

  /** Sends one batch. If the service rejects it, searches the entries that it rejects. */
  async #change(
    change: ChangeTemplate,
    subjects: readonly Subject[],
    budget: { halvings: number },
  ): Promise<readonly (readonly [readonly Subject[], string | undefined])[]> {
    const entries = subjects.map((subject) => this.#entryValues(subject));
    const [only = {}] = entries.length === 1 ? entries : [];
    const each = entries.map((entry) => fillValue(change.each, entry));
    const answer = await this.#complete(
      change,
      await this.#send(change, { ...only, entries: each }),
    );
    if (answer.ok) return [[subjects, undefined]];
    const { kind, message } = answer.error;
    if (kind === "rejected" && change.done.some((text) => message.includes(text)))
      return [[subjects, undefined]];
    if (kind !== "rejected" || subjects.length === 1 || budget.halvings <= 0)
      return [[subjects, message]];
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
    return typeof id === "string" ? client.untilDone(id, values) : answer;
  }

  async #replace({ add, remove }: Wanted): Promise<Failures> {
    const { replace } = this.#options.definition;
    const failures = new Map<Subject, string>();
    if (replace === undefined) return failures;
    for (let conflicts = 0; ; conflicts++) {
      const ours = new Map(this.#ours);
      for (const subject of remove) ours.delete(subject);
      for (const subject of add) ours.set(subject, undefined);
      const each = [...ours.keys()].map((subject) =>
        fillValue(replace.each, this.#entryValues(subject)),
      );
      const answer = await this.#send(replace, {
        ...this.#kept,
        entries: [...this.#rest, ...each],
      });
      const error = answer.ok ? undefined : answer.error;
      const isConflict = replace.conflict.some((text) => error?.message.includes(text));
      // The next change needs what a new reading returns, such as a lock token.
      const again = error === undefined || isConflict ? await this.read() : ok(undefined);
      if (error === undefined && again.ok) return failures;
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
    const { definition, mark } = this.#options;
    const { ip, family, prefix } = splitSubject(subject);
    const { kinds } = definition;
    return {
      ...{ subject, cidr: `${ip}/${prefix}`, address: ip, prefix: String(prefix), family, mark },
      kind: subject.includes("/") ? kinds?.network : kinds?.[family],
      id: this.#ours.get(subject),
    };
  }

  async #send(request: Parameters<ServiceClient["send"]>[0], more: Values): Promise<Answer> {
    const { client, values, mark } = this.#options;
    const answer = await client.send(request, { ...values, mark, ...more });
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

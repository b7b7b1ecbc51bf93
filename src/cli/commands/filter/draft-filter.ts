/**
 * Drafts a filter from shapes whose meaning is given. Each rule is added only if the filter that its file will contain
 * passes the tests of `filter test`; the others are left out with the reason.
 */
import { parseToml } from "../../../config/parse-toml.ts";
import type { FilterDefinition, SampleDefinition } from "../../../domain/filter-definition.ts";
import type { Problem } from "../../../domain/problem.ts";
import { fail, ok, type Result } from "../../../domain/result.ts";
import type {
  Candidate,
  LineForm,
  Meaning,
  RuleMeaning,
  SampleShape,
} from "../../../health/drift/mine-sample.ts";
import { freeId, whyNoPeer, whyUnwritable } from "../../../health/drift/propose-rule.ts";
import { filterText } from "../../../health/drift/write-rule.ts";
import { isSharedLog } from "../../../host/logs/shared-log.ts";
import { testFilter } from "../../../jails/test-filter.ts";
import { routeSample } from "./route-sample.ts";
import { readFilter } from "../../../parse/filter/read-filter.ts";

export interface AnsweredShape {
  readonly shape: SampleShape;
  readonly meaning: Meaning;
  /** The program that wrote its lines; "": none is named. */
  readonly program: string;
  /** Some of its lines, as written. */
  readonly examples: readonly string[];
}

export interface DraftOptions {
  readonly name: string;
  readonly path: string;
  readonly form: LineForm;
  readonly answered: readonly AnsweredShape[];
  /** Log files in which the lines were found; empty: unknown. */
  readonly files: readonly string[];
  /** All files in which the lines were found, also copies; empty: unknown. */
  readonly read: readonly string[];
  /** Whether an administrator said what the lines mean; otherwise the rules are unverified. */
  readonly isConfirmed: boolean;
}

export interface LeftOut {
  readonly shape: SampleShape;
  readonly reason: string;
}

export interface DraftedFilter {
  /** The filter as it is read from `text`; undefined: no rule was possible. */
  readonly definition: FilterDefinition | undefined;
  readonly text: string;
  readonly leftOut: readonly LeftOut[];
}

/** Maximum number of rules, because each one is tested together with those before it. */
const MAX_RULES = 16;
const MAX_BENIGN_TESTED = 32;
const MAX_BENIGN_WRITTEN = 6;

export async function draftFilter(options: DraftOptions): Promise<DraftedFilter> {
  const { form, answered } = options;
  const meaningful = answered
    .filter(({ meaning }) => meaning !== "neither")
    .toSorted((a, b) => form.precision(b.shape.mined) - form.precision(a.shape.mined));
  const draft = new Draft(options);
  for (const one of meaningful) await draft.add(one);
  return draft.result();
}

class Draft {
  readonly #options: DraftOptions;
  readonly #leftOut: LeftOut[] = [];
  readonly #benign: readonly SampleDefinition[];
  #definition: FilterDefinition;

  constructor(options: DraftOptions) {
    const { name, path, files, answered, form } = options;
    this.#options = options;
    const meaningful = answered.filter(({ meaning }) => meaning !== "neither");
    const programs = [...new Set(meaningful.map(({ program }) => program))].filter(isProgram);
    // A log of many programs is the filter's only by their names.
    const own = files.filter((file) => programs.length > 0 || !isSharedLog(file));
    this.#definition = {
      ...{ name, path, files: own, programs, description: name, journal: [], ports: [] },
      ...{ rules: [], samples: [] },
    };
    this.#benign = answered
      .filter(({ meaning }) => meaning === "neither")
      .slice(0, MAX_BENIGN_TESTED)
      .flatMap(({ shape, program }): readonly SampleDefinition[] => {
        const line = form.benignLine(shape.mined);
        if (line === undefined) return [];
        return [{ line: withHead(line, program), mode: "normal", expect: { kind: "none" } }];
      });
  }

  async add(answered: AnsweredShape): Promise<void> {
    const { shape, meaning } = answered;
    if (meaning === "neither") return;
    const reason = await this.#tryCandidates(answered, meaning);
    if (reason !== undefined) this.#leftOut.push({ shape, reason });
  }

  /** Returns why every candidate was rejected; undefined: one was added. */
  async #tryCandidates(one: AnsweredShape, is: RuleMeaning): Promise<string | undefined> {
    const { form, answered } = this.#options;
    const { rules } = this.#definition;
    if (rules.length >= MAX_RULES) return `a draft has at most ${MAX_RULES} rules`;
    const { mined } = one.shape;
    const why = whyUnwritable(mined) ?? (is === "failure" ? whyNoPeer(mined) : undefined);
    if (why !== undefined) return why;
    const id = freeId(form.idText(mined), new Set(rules.map((rule) => rule.id)));
    const shapes = answered.map(({ shape }) => shape.mined);
    const reasons: string[] = [];
    for (const candidate of form.candidates(mined, { id, is })) {
      const base = this.#definition;
      const forged = form.testForgery?.({ base, candidate, shape: mined, shapes });
      const tested = forged === undefined ? await this.#test(candidate, one) : fail(forged);
      if (tested.ok) {
        this.#definition = tested.value;
        return undefined;
      }
      reasons.push(tested.error);
    }
    // The first candidate recognizes most lines; the others are refused because they are narrower.
    return reasons[0] ?? "no line of it was short enough to be kept whole";
  }

  /** Returns the filter with the candidate as it would be read from its file, if it passes every test. */
  async #test(
    { rules, samples }: Candidate,
    one: AnsweredShape,
  ): Promise<Result<FilterDefinition, string>> {
    const { name, isConfirmed } = this.#options;
    const evidence = `lines of ${name}'s log, given to filter new`;
    const added = rules.map((rule) => ({
      evidence,
      ...rule,
      ...(isConfirmed || rule.is === "neutral" ? {} : { unverified: true }),
    }));
    const shown = samples.map((sample) => ({
      ...sample,
      line: withHead(sample.line, one.program),
    }));
    const definition = {
      ...this.#definition,
      rules: [...this.#definition.rules, ...added],
      samples: [...this.#definition.samples, ...shown],
    };
    const read = reread({ ...definition, samples: [...definition.samples, ...this.#benign] });
    if (!read.ok) return read;
    const { problems } = await testFilter(read.value);
    const [first] = problems;
    const reason = first === undefined ? this.#misreads(read.value, one) : describe(first);
    return reason === undefined ? ok(definition) : fail(reason);
  }

  /** Returns why the filter does not read lines of the sample as they were answered. */
  #misreads(definition: FilterDefinition, own: AnsweredShape): string | undefined {
    for (const one of this.#options.answered) {
      const { matches = [] } = routeSample(definition, one.examples) ?? {};
      for (const [i, line] of one.examples.entries()) {
        const kind = matches[i]?.kind;
        const isWrong = (kind === "failure" || kind === "success") && kind !== one.meaning;
        if (isWrong) return `it takes this line for a ${kind}, and it is ${one.meaning}: ${line}`;
        if (one === own && kind !== own.meaning)
          return `it does not recognize the line it was made of: ${line}`;
      }
    }
    return undefined;
  }

  result(): DraftedFilter {
    const definition = {
      ...this.#definition,
      samples: [...this.#definition.samples, ...this.#benign.slice(0, MAX_BENIGN_WRITTEN)],
    };
    const leftOut = this.#leftOut;
    if (!definition.rules.some(({ is }) => is === "failure"))
      return { definition: undefined, text: "", leftOut };
    const text = textOf(definition, definition.files.length === 0 ? this.#options.read : []);
    const read = reread(definition);
    return { definition: read.ok ? read.value : undefined, text, leftOut };
  }
}

function textOf(definition: FilterDefinition, read: readonly string[] = []): string {
  return filterText(definition, "Drafted by bailiff filter new; yours to change.", read);
}

/** Reads the file of a filter back, so that what is tested is what the daemon will read. */
function reread(definition: FilterDefinition): Result<FilterDefinition, string> {
  const { path } = definition;
  const table = parseToml(path, textOf(definition));
  if (!table.ok) return fail(describe(table.error));
  const read = readFilter(table.value, path);
  return read.ok ? read : fail(read.error.map(describe).join("; "));
}

function describe({ got, expected }: Problem): string {
  return `found ${got}, expected ${expected}`;
}

function isProgram(name: string): boolean {
  return /^[\w./@-]{1,64}$/.test(name);
}

/** Adds what a syslog daemon writes before the message of a program. */
function withHead(message: string, program: string): string {
  return isProgram(program) ? `Nov 28 09:19:59 host ${program}[4242]: ${message}` : message;
}

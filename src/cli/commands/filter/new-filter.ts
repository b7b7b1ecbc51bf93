/**
 * Runs `filter new`: reads a sample of a service's log, mines its shapes, asks what they mean, and writes the filter of
 * the rules that pass the tests of `filter test`.
 */
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { amount } from "../../../domain/amount.ts";
import { CodedError } from "../../../domain/errors.ts";
import { type Meaning, mineSample, type SampleShape } from "../../../health/drift/mine-sample.ts";
import { reasonOf } from "../../../host/explain-system-error.ts";
import { createFile } from "../../../host/replace-file.ts";
import { systemClock } from "../../../host/system-clock.ts";
import { openLibrary } from "../../../jails/load-filters.ts";
import { codeOf } from "../../../domain/thrown-error.ts";
import type { CommandContext } from "../../context.ts";
import { EXIT, type ExitCode } from "../../exit-code.ts";
import { ownDirectories } from "../../read-named-filter.ts";
import { safe } from "../../terminal.ts";
import { explainUnreadableLog } from "../../unreadable-log.ts";
import { askMeanings } from "./ask-meanings.ts";
import { describeDraft, describeNoDraft } from "./describe-draft.ts";
import { type AnsweredShape, draftFilter } from "./draft-filter.ts";
import { openKeys } from "./open-keys.ts";
import { readSample, type SampleLine } from "../../../pipeline/read-sample.ts";

export interface NewFilterOptions {
  readonly yes: boolean;
  /** The directory to write to; default: the first of `filters.directories`. */
  readonly out?: string;
}

/** Time to read and mine the sample; what is not read by then is left out. */
const READ_MS = 20_000;
/** Maximum number of shapes asked about, the most suspicious first; the others mean nothing. */
const MAX_ASKED = 24;

export async function newFilter(
  context: CommandContext,
  words: readonly string[],
  options: NewFilterOptions,
): Promise<ExitCode> {
  const [name, ...paths] = words;
  requireUsable(name, paths);
  const path = await requireFree(context, name, options);
  const { lines, isPartial } = await readLines(paths);
  const own = linesOf(name, lines);
  if (own.length === 0)
    throw new CodedError("no-input", "the sample has no line with a message", {
      hint: `give it lines of the service: bailiff filter new ${name} < sample.log`,
    });
  const { terminal } = context;
  const messages = own.map(({ message }) => message);
  const { form, shapes, otherForm } = mineSample(messages, systemClock.now());
  const notes = [
    `${amount(own.length, "line")} (${form.name}), ${amount(shapes.length, "kind")} of messages`,
    ...(isPartial ? ["the rest of the sample was not read: it is too long"] : []),
    ...(own.length < lines.length
      ? [`${amount(lines.length - own.length, "line")} of other programs left out`]
      : []),
    ...(otherForm === 0 ? [] : [`${amount(otherForm, "line")} of another form left out`]),
  ];
  terminal.show(`${notes.join("; ")}.`);
  const answers = await answer(context, { shapes, lines: own, isAsked: !options.yes });
  if (answers === undefined) {
    terminal.show("Nothing was written.");
    return EXIT.no;
  }
  const answered = shapes.map((shape, i): AnsweredShape => {
    const meaning = answers.meanings[i] ?? "neither";
    const examples = shape.origins.flatMap((origin) => own[origin] ?? []);
    const [first] = examples;
    return {
      ...{ shape, meaning, program: first?.program ?? "" },
      examples: examples.map(({ line }) => line),
    };
  });
  const { isConfirmed } = answers;
  const files = paths.filter(isLogPath);
  const read = paths.filter((one) => one !== "-").map((one) => resolve(one));
  const draft = await draftFilter({ name, path, form, answered, files, read, isConfirmed });
  const { definition, text } = draft;
  if (definition === undefined) {
    terminal.show(describeNoDraft(draft));
    return EXIT.no;
  }
  write(context, path, text);
  terminal.show(
    describeDraft(draft, definition, {
      lines: own,
      isConfirmed,
      isElsewhere: options.out !== undefined,
      read,
    }),
  );
  return EXIT.ok;
}

function requireUsable(name: string | undefined, paths: readonly string[]): asserts name is string {
  const example = "for example: bailiff filter new myapp < sample.log";
  if (name === undefined)
    throw new CodedError("usage", "filter new: missing <name>", { hint: example });
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name))
    throw new CodedError("usage", `"${safe(name)}" is not a valid name of a filter`, {
      hint: `expected at most 64 lowercase letters, digits and dashes; ${example}`,
    });
  if (paths.length === 0 && process.stdin.isTTY === true)
    throw new CodedError("usage", "filter new needs lines of a log", {
      hint: `for example: bailiff filter new ${name} < sample.log, or bailiff filter new ${name} FILE`,
    });
}

/** Returns the path to write; throws if the name is taken. */
async function requireFree(
  context: CommandContext,
  name: string,
  { out }: NewFilterOptions,
): Promise<string> {
  const directories = await ownDirectories(context);
  const path = join(out ?? directories[0] ?? ".", `${name}.toml`);
  if (existsSync(path)) throw exists(path);
  const { names } = await openLibrary(directories);
  if (!names.includes(name)) return path;
  throw new CodedError("filter-exists", `there is a filter "${name}" already`, {
    hint: `nothing was written; choose another name, or see what it recognizes: bailiff scan --filter ${name} LOG`,
  });
}

function exists(path: string): CodedError {
  return new CodedError("filter-exists", `${path} exists`, {
    hint: "nothing was written; choose another name, or another directory with --out",
  });
}

async function readLines(paths: readonly string[]): ReturnType<typeof readSample> {
  try {
    return await readSample(paths.length === 0 ? ["-"] : paths, AbortSignal.timeout(READ_MS));
  } catch (error) {
    const [path = "-"] = paths;
    throw explainUnreadableLog(error, paths.length > 1 ? "the sample" : path);
  }
}

/** Returns the lines of the program called like the filter, if it wrote any; else all. */
function linesOf(name: string, lines: readonly SampleLine[]): readonly SampleLine[] {
  const said = lines.filter(({ message }) => message !== "");
  const own = said.filter(({ program }) => program === name);
  return own.length > 0 ? own : said;
}

/** Reports whether a file is a log at its place, and not a copy of some lines or a rotated log. */
function isLogPath(path: string): boolean {
  return /^\/var\/log\/[\w./-]+$/.test(path) && !/\.(?:gz|\d+)$/.test(path);
}

interface Asking {
  readonly shapes: readonly SampleShape[];
  readonly lines: readonly SampleLine[];
  readonly isAsked: boolean;
}

interface Answers {
  readonly meanings: readonly Meaning[];
  /** Whether an administrator gave them. */
  readonly isConfirmed: boolean;
}

/** Returns what the shapes mean; undefined: the administrator quit. */
async function answer(
  { terminal }: CommandContext,
  { shapes, lines, isAsked }: Asking,
): Promise<Answers | undefined> {
  using keys = isAsked ? openKeys() : undefined;
  if (keys === undefined) {
    const why = isAsked ? "Without a terminal, nothing is asked" : "Nothing is asked";
    terminal.show(
      `${why}: messages that look like failed or successful logins are used as such, and the rules are marked unverified.`,
    );
    return { meanings: shapes.map(({ guess }) => guess), isConfirmed: false };
  }
  const asked = shapes.slice(0, MAX_ASKED);
  if (asked.length < shapes.length)
    terminal.show(
      `The ${MAX_ASKED} most suspicious kinds are asked about; the others mean nothing.`,
    );
  const questions = asked.map((shape) => ({
    shape,
    example: lines[shape.origins[0] ?? -1]?.line ?? shape.mined.text,
  }));
  const meanings = await askMeanings(terminal, keys, questions);
  return meanings === undefined ? undefined : { meanings, isConfirmed: true };
}

/** Writes the file; where that fails, prints the filter as it is, so that no answer is lost. */
function write({ terminal }: CommandContext, path: string, text: string): void {
  try {
    createFile(path, text);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw exists(path);
    terminal.print(`\n${text}`);
    throw new CodedError("filter-not-written", `${path} cannot be written: ${reasonOf(error)}`, {
      hint: `the filter is printed above: save it as ${basename(path)} where you may write, and try it with the path of that file`,
      cause: error,
    });
  }
}

/**
 * Parses one TOML file into a table, or reports every syntax error. Never throws. After a mistake parsing resumes at
 * the next setting or table, up to MAX_MISTAKES times.
 */
import { TomlError, parse } from "smol-toml";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { quote } from "./kinds/describe-value.ts";
import { explainIni } from "./explain-ini.ts";
import { explainSyntax } from "./explain-syntax.ts";

export type TomlTable = Readonly<Record<string, unknown>>;

export interface ReadToml {
  /** The table without settings that could not be parsed; empty when parsing could not resume. */
  readonly table: TomlTable;
  readonly problems: readonly Problem[];
  /** The text of the table; lines with a mistake are empty. */
  readonly readable: string;
}

const MAX_MISTAKES = 20;

/** Returns the table, or the first problem. */
export function parseToml(path: string, text: string): Result<TomlTable, Problem> {
  const { table, problems } = readToml(path, text, 1);
  const [first] = problems;
  return first === undefined ? ok(table) : fail(first);
}

export function readToml(path: string, text: string, most: number = MAX_MISTAKES): ReadToml {
  const problems: Problem[] = [];
  let rest: string | undefined = text;
  while (rest !== undefined) {
    const error = findError(rest);
    if (!(error instanceof Error)) return { table: error, problems, readable: rest };
    if (!(error instanceof TomlError)) {
      // The library reached a limit (nesting, stack). The file causes it, not a bug here.
      const expected = `TOML (${error.message})`;
      return nothing([{ path, got: "text that cannot be read as TOML", expected }]);
    }
    const ini = problems.length === 0 ? explainIni(path, text) : undefined;
    if (ini !== undefined) return nothing([ini]);
    const opening = findOpening(rest, error.line);
    problems.push(syntaxProblem(path, text, { error, opening }));
    rest = problems.length < most ? skipMistake(rest, error.line, opening) : undefined;
  }
  return nothing(problems);
}

function nothing(problems: readonly Problem[]): ReadToml {
  return { table: {}, problems, readable: "" };
}

function findError(text: string): TomlTable | Error {
  try {
    return parse(text);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

interface FoundError {
  readonly error: TomlError;
  /** The line whose bracket or multi-line text is still open at the error; undefined: none. */
  readonly opening: number | undefined;
}

function syntaxProblem(path: string, text: string, { error, opening }: FoundError): Problem {
  const { line, column, message } = error;
  const lines = linesOf(text);
  const written = lines[line - 1] ?? "";
  const [first = ""] = message.split("\n");
  const reason = first.replace(/^Invalid TOML document: /, "");
  const opened = opening === undefined ? "" : (lines[opening - 1] ?? "");
  const { expected, hint } = explainSyntax({
    ...{ line: written, column, reason },
    opening: opening === undefined ? undefined : { number: opening, line: opened },
  });
  const got = written.trim() === "" ? "an end too early" : quote(written.trim());
  const problem = { path, line, column, got, expected };
  return hint === undefined ? problem : { ...problem, hint };
}

function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/);
}

/**
 * Finds the line by binary search: the text before that line is valid TOML, and every longer text up to the error is
 * not.
 */
function findOpening(text: string, line: number): number | undefined {
  const lines = linesOf(text);
  const isWhole = (count: number): boolean =>
    !(findError(lines.slice(0, count).join("\n")) instanceof Error);
  if (isWhole(line - 1)) return undefined;
  let [whole, open] = [0, line - 1];
  while (open - whole > 1) {
    const middle = Math.floor((whole + open) / 2);
    if (isWhole(middle)) whole = middle;
    else open = middle;
  }
  return open;
}

const BEGINS_TABLE = /^\s*\[/;
const BEGINS = /^\s*(?:\[|[\w."'-]+\s*=)/;

/** Returns the text without the mistake; undefined: the start of the next setting is uncertain. */
function skipMistake(text: string, line: number, opening: number | undefined): string | undefined {
  const lines = [...linesOf(text)];
  const first = (opening ?? line) - 1;
  // Assume that an open bracket ends before the line that looks like the next setting.
  let last = opening === undefined ? line : line - 1;
  // Skip the settings of a table with an invalid name too.
  if (opening === undefined && BEGINS_TABLE.test(lines[first] ?? "")) {
    const next = lines.findIndex((text, i) => i > first && BEGINS_TABLE.test(text));
    last = next < 0 ? lines.length : next;
  }
  const next = lines.slice(last).find((text) => !/^\s*(?:#|$)/.test(text));
  if (first < 0 || first >= last || (next !== undefined && !BEGINS.test(next))) return undefined;
  return lines.fill("", first, last).join("\n");
}

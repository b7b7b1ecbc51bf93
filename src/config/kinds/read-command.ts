/** Reads a program and its arguments, which are never given to a shell. */
import { fail, ok } from "../../domain/result.ts";
import { readList } from "../read-list.ts";
import { describeValue } from "./describe-value.ts";
import { mistake, type Reading, within } from "./kind.ts";
import { readPath } from "./path-kinds.ts";

/** `example`: a program and its arguments, for messages. */
export function describeCommand(example: readonly string[]): string {
  return `a program and its arguments such as [${example.map(describeValue).join(", ")}]`;
}

export function readCommand(
  value: unknown,
  example: readonly string[],
): Reading<readonly string[]> {
  const expected = describeCommand(example);
  if (typeof value === "string" && !value.trim().startsWith("/")) {
    const hint = "write a list: the absolute path of the program, then each argument";
    return fail(mistake(describeValue(value), expected, hint));
  }
  const argv = readList(value, {
    expected,
    least: 1,
    readOne: (entry) =>
      typeof entry === "string" && !entry.includes("\0")
        ? ok(entry)
        : fail(mistake(describeValue(entry), "a text without NUL")),
  });
  if (!argv.ok) return argv;
  const program = readPath(
    argv.value[0],
    `the absolute path of a program, such as "${example[0]}"`,
  );
  return program.ok ? argv : fail(within(0, program.error));
}

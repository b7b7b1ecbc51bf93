/** Compiles regular expressions that V8's linear engine can run, for single-line messages. */
import { messageOf } from "../../domain/thrown-error.ts";
import { type Result, fail, ok } from "../../domain/result.ts";

/**
 * Appends the end of the line. Some writers append a space or a tab, or end lines with CRLF: this whitespace is part of
 * no field.
 */
export function anchor(source: string): string {
  return `${source}[ \\t\\r]*\\n`;
}

/** Lists the group names of a regular expression, in order of their opening parenthesis. */
export function groupNames(source: string): readonly string[] {
  const names: string[] = [];
  let inClass = false;
  for (let i = 0; i < source.length; i++) {
    const char = source.charAt(i);
    if (char === "\\") i++;
    else if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (char === "(" && !inClass) {
      const name = /^\(\?<([A-Za-z]\w*)>/.exec(source.slice(i, i + 80))?.[1];
      if (name !== undefined) names.push(name);
      else if (source.charAt(i + 1) !== "?") names.push("");
    }
  }
  return names;
}

export function compileLinear(
  source: string,
): Result<RegExp, { got: string; expected: string; hint?: string }> {
  try {
    new RegExp(source, "ly");
  } catch (error) {
    const message = messageOf(error);
    if (message.startsWith("Invalid flags")) {
      throw new Error("the linear regular expression engine is not enabled", { cause: error });
    }
    if (!message.includes("linear time"))
      return fail({ got: message, expected: "a valid regular expression" });
    return fail({
      got: "an expression that can take more than linear time",
      expected: "no lookaround, back reference, case flag or repetition above 16 times",
      hint: "a pattern (line = …) says most things more simply",
    });
  }
  return ok(new RegExp(source, "y"));
}

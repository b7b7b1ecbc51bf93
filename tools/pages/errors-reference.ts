/** Generates docs/reference/errors.md: every error code with its cause, its remedy and the exit code of the command. */
import { exitCodeOf } from "../../src/cli/exit-code.ts";
import { ERROR_CODES } from "./error-codes.ts";
import { cell } from "./markdown-cell.ts";

const HEAD = `# Error codes

<!-- Generated from tools/pages/error-codes.ts by tools/docs.ts. Do not edit. -->

A command that fails writes to standard error one line with what is wrong and, indented, what to do.
With \`--json\` it writes one object to standard output instead, where the answer would be: \`{"error":{"code":…,"message":…,"hint":…}}\`; \`hint\` may be null.
Programs that talk to the [control socket](control.md) get the same as \`{"code":…,"message":…,"hint":…}\`.
Codes are stable; messages are not.

| code | when | what to do | exit code |
|---|---|---|---|
`;

export function renderErrorsReference(): string {
  const rows = ERROR_CODES.map(
    ({ code, when, remedy }) =>
      `| \`${code}\` | ${cell(when)} | ${cell(remedy)} | ${exitCodeOf(code)} |`,
  );
  return `${HEAD}${rows.join("\n")}\n`;
}

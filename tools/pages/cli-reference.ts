/** Generates docs/reference/cli.md: every command with its arguments and options, and the exit codes. */
import { EXIT } from "../../src/cli/exit-code.ts";
import { type CommandPlan, type OptionPlan, planProgram, usageOf } from "./command-tree.ts";
import { EXIT_MEANINGS } from "./exit-meanings.ts";
import { cell } from "./markdown-cell.ts";

const HEAD = `# Commands

<!-- Generated from src/cli/commands.ts by tools/docs.ts. Do not edit. -->

How to use them day by day is in [operating](../operating.md); what they answer with \`--json\` is in [control](control.md).
`;

export function renderCliReference(): string {
  const { about, options, commands } = planProgram();
  return [
    HEAD,
    `${about}\n`,
    "The options of `bailiff` itself may stand before or after a command.\n",
    `${renderOptions(options)}\n`,
    ...commands.map(renderCommand),
    renderExitCodes(),
  ].join("\n");
}

function renderCommand(command: CommandPlan): string {
  const { name, aliases, about, inputs } = command;
  const options = command.options.filter(({ long }) => long !== "--help");
  const rows = inputs
    .filter((input) => input.about !== "")
    .map((input) => `| \`${cell(input.written)}\` | ${cell(input.about)} |`);
  const also =
    aliases.length === 0 ? "" : ` Also: ${aliases.map((a) => `\`bailiff ${a}\``).join(", ")}.`;
  return [
    `## ${name}\n`,
    `\`\`\`\n${usageOf(command)}\n\`\`\`\n`,
    `${sentence(about)}${also}\n`,
    ...(rows.length === 0 ? [] : [`| argument | meaning |\n|---|---|\n${rows.join("\n")}\n`]),
    ...(options.length === 0 ? [] : [`${renderOptions(options)}\n`]),
  ].join("\n");
}

function renderOptions(options: readonly OptionPlan[]): string {
  const rows = options.map(
    ({ flags, about, required }) =>
      `| \`${cell(flags)}\` | ${cell(about)}${required ? "; required" : ""} |`,
  );
  return `| option | meaning |\n|---|---|\n${rows.join("\n")}`;
}

function renderExitCodes(): string {
  const rows = Object.entries(EXIT_MEANINGS).map(
    ([name, meaning]) =>
      `| ${Object.entries(EXIT).find(([n]) => n === name)?.[1]} | ${cell(meaning)} |`,
  );
  return `## Exit codes

After sysexits.h(3).
A daemon that is ended by a signal ends by that signal.

| code | meaning |
|---|---|
${rows.join("\n")}
`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

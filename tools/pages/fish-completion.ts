/** Generates packaging/completions/bailiff.fish. */
import type { OptionPlan } from "./command-tree.ts";
import {
  type Completes,
  completes,
  gatherWords,
  JAILS_PROGRAM,
  SERVICES_PROGRAM,
} from "./completion-words.ts";

export function renderFishCompletion(): string {
  const { global, commands } = gatherWords();
  const names = commands.map(({ name }) => name).join(" ");
  return [
    "# fish completion for bailiff. Generated from src/cli/commands.ts by tools/docs.ts. Do not edit.",
    "",
    "function __bailiff_jails",
    `    ${JAILS_PROGRAM}`,
    "end",
    "",
    "function __bailiff_services",
    `    ${SERVICES_PROGRAM}`,
    "end",
    "",
    "# How many arguments stand between the command and the cursor.",
    "function __bailiff_position",
    "    set -l words (commandline -opc)",
    "    set -l plain (string match -v -- '-*' $words[2..-1])",
    "    math (count $plain) - 1",
    "end",
    "",
    "complete -c bailiff -f",
    ...global.map((option) => line([], option)),
    ...commands.flatMap(({ name, about, options, inputs }) => [
      `complete -c bailiff -n "not __fish_seen_subcommand_from ${names}" -a ${name} -d ${quote(about)}`,
      ...options.map((option) => line([`__fish_seen_subcommand_from ${name}`], option)),
      ...inputs.flatMap((input, i) =>
        input.kind === "nothing"
          ? []
          : [
              `complete -c bailiff -n "__fish_seen_subcommand_from ${name}; and test (__bailiff_position) -eq ${i}" ${words(input)}`,
            ],
      ),
    ]),
    "",
  ].join("\n");
}

function line(
  conditions: readonly string[],
  { long, short, about, value, choices }: OptionPlan,
): string {
  return [
    "complete -c bailiff",
    ...conditions.map((condition) => `-n "${condition}"`),
    `-l ${long.slice(2)}`,
    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
    ...(value === undefined ? [] : [takes(completes(value, choices))]),
    `-d ${quote(about)}`,
  ]
    .filter((part) => part !== "")
    .join(" ");
}

/** Returns the completion of an option's value; file names only if it is a file. */
function takes(what: Completes): string {
  return what.kind === "files" ? "-r -F" : `-x ${words(what)}`.trim();
}

function words(what: Completes): string {
  switch (what.kind) {
    case "choices":
      return `-a "${what.of.join(" ")}"`;
    case "services":
      return '-a "(__bailiff_services)"';
    case "jails":
      return '-a "(__bailiff_jails)"';
    case "files":
      return "-F";
    case "nothing":
      return "";
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** Generates packaging/completions/_bailiff, for a directory in zsh's fpath. */
import type { OptionPlan } from "./command-tree.ts";
import {
  type CommandWords,
  type Completes,
  completes,
  gatherWords,
  JAILS_PROGRAM,
  SERVICES_PROGRAM,
} from "./completion-words.ts";

export function renderZshCompletion(): string {
  const { global, commands } = gatherWords();
  return `#compdef bailiff
# zsh completion for bailiff. Generated from src/cli/commands.ts by tools/docs.ts. Do not edit.

_bailiff_jails() {
  local -a jails
  jails=(\${(f)"$(${JAILS_PROGRAM})"})
  _describe jail jails
}

_bailiff_services() {
  local -a services
  services=(\${(f)"$(${SERVICES_PROGRAM})"})
  _describe service services
}

_bailiff() {
  local context state state_descr line
  typeset -A opt_args
  local -a commands
  commands=(
${commands.map(({ name, about }) => `    ${quote(`${name}:${about.replaceAll(":", "\\:")}`)}`).join("\n")}
    'help:show the help of a command'
  )
  _arguments -C \\
${global.map((option) => `    ${specOf(option)} \\`).join("\n")}
    '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $words[1] in
${commands.map(commandCase).join("\n")}
        help) _describe command commands ;;
      esac ;;
  esac
}

_bailiff "$@"
`;
}

function commandCase({ name, options, inputs }: CommandWords): string {
  const last = inputs.length - 1;
  const positions = inputs.map(
    (input, i) => `${quote(`${i === last && i > 0 ? "*" : i + 1}:argument:${action(input)}`)}`,
  );
  return `        ${name}) _arguments ${[...options.map(specOf), ...positions].join(" \\\n          ")} ;;`;
}

function specOf({ long, short, about, value, choices }: OptionPlan): string {
  const text = `[${about.replaceAll("[", "\\[").replaceAll("]", "\\]").replaceAll(":", "\\:")}]`;
  const takes = value === undefined ? "" : `:${value}:${action(completes(value, choices))}`;
  const both =
    short === undefined
      ? quote(`${long}${text}${takes}`)
      : `{${short},${long}}${quote(`${text}${takes}`)}`;
  return both;
}

function action(what: Completes): string {
  switch (what.kind) {
    case "choices":
      return `(${what.of.join(" ")})`;
    case "services":
      return "_bailiff_services";
    case "jails":
      return "_bailiff_jails";
    case "files":
      return "_files";
    case "nothing":
      return " ";
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Generates packaging/completions/bailiff.bash. */
import {
  type CommandWords,
  completes,
  gatherWords,
  JAILS_PROGRAM,
  SERVICES_PROGRAM,
} from "./completion-words.ts";

export function renderBashCompletion(): string {
  const { global, commands } = gatherWords();
  const names = [...commands.map(({ name }) => name), "help"].join(" ");
  const globals = global.map(({ long }) => long).join(" ");
  const valued = [
    ...new Set(
      [...global, ...commands.flatMap(({ options }) => options)]
        .filter(({ value }) => value !== undefined)
        .map(({ long }) => long),
    ),
  ];
  return `# bash completion for bailiff. Generated from src/cli/commands.ts by tools/docs.ts. Do not edit.

_bailiff_jails() {
  ${JAILS_PROGRAM}
}

_bailiff_services() {
  ${SERVICES_PROGRAM}
}

_bailiff() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= position=0 word i
  COMPREPLY=()
  # The command, and how many of its arguments stand before the cursor.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
      ${valued.join("|")}) ((i++)) ;;
      -*) ;;
      *) if [[ -z $command ]]; then command=$word; else ((position++)); fi ;;
    esac
  done
  case $command:$prev in
${[...valueCases(commands), ...globalCases()].join("\n")}
  esac
  if [[ -z $command ]]; then
    if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "${globals}" -- "$cur")
    else mapfile -t COMPREPLY < <(compgen -W "${names}" -- "$cur"); fi
    return
  fi
  case $command in
${commands.map(commandCase).join("\n")}
    help) mapfile -t COMPREPLY < <(compgen -W "${names}" -- "$cur") ;;
  esac
}

complete -F _bailiff bailiff
`;

  function globalCases(): readonly string[] {
    return global
      .filter(({ value }) => value !== undefined)
      .map(
        ({ long }) => `    *:${long}) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;`,
      );
  }
}

function valueCases(commands: readonly CommandWords[]): readonly string[] {
  return commands.flatMap(({ name, options }) =>
    options
      .filter(({ value }) => value !== undefined)
      .map(
        ({ long, value, choices }) =>
          `    ${name}:${long}) ${words(completes(value, choices))}return ;;`,
      ),
  );
}

function commandCase({ name, options, inputs }: CommandWords): string {
  const flags = options.map(({ long }) => long).join(" ");
  const last = inputs.length - 1;
  const cases = inputs
    .map((input, i) => ({ input, at: i === last && i > 0 ? "*" : String(i) }))
    .filter(({ input }) => input.kind !== "nothing")
    .map(({ input, at }) => `        ${at}) ${words(input)};;`);
  const positions =
    cases.length === 0
      ? ""
      : `
      else case $position in
${cases.join("\n")}
      esac`;
  return `    ${name})
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "${flags}" -- "$cur")${positions}
      fi ;;`;
}

function words(what: ReturnType<typeof completes>): string {
  switch (what.kind) {
    case "choices":
      return `mapfile -t COMPREPLY < <(compgen -W "${what.of.join(" ")}" -- "$cur"); `;
    case "services":
      return 'mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_services)" -- "$cur"); ';
    case "jails":
      return 'mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_jails)" -- "$cur"); ';
    case "files":
      return 'mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ';
    case "nothing":
      return "";
  }
}

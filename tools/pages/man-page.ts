/** Generates packaging/man/bailiff.8: the commands as a manual page. */
import { EXIT } from "../../src/cli/exit-code.ts";
import { type CommandPlan, type OptionPlan, planProgram, usageOf } from "./command-tree.ts";
import { EXIT_MEANINGS } from "./exit-meanings.ts";

export function renderManPage(): string {
  const { about, options, commands } = planProgram();
  const codes = Object.entries(EXIT_MEANINGS).map(([name, meaning]) => {
    const code = Object.entries(EXIT).find(([known]) => known === name)?.[1];
    return `.TP\n.B ${code}\n${text(meaning.replaceAll("`", ""))}`;
  });
  return `.\\" Generated from src/cli/commands.ts by tools/docs.ts. Do not edit.
.TH BAILIFF 8 "" "bailiff" "System administration"
.SH NAME
bailiff \\- log-based intrusion prevention that keeps proving it protects
.SH SYNOPSIS
.B bailiff
.RI [ options ]
.I command
.RI [ arguments ]
.SH DESCRIPTION
${text(about)}
.PP
Without configuration it protects every program it knows whose log it finds.
.SH OPTIONS
${options.map(option).join("\n")}
.SH COMMANDS
${commands.map(section).join("\n")}
.SH EXIT STATUS
${codes.join("\n")}
.SH FILES
.TP
.I /etc/bailiff/bailiff.toml, /etc/bailiff/conf.d/*.toml
Configuration; none is needed.
.TP
.I /etc/bailiff/filters/*.toml
Your own filters.
.TP
.I /var/lib/bailiff/bailiff.db
Bans, positions in logs, history, audit.
.TP
.I /run/bailiff/bailiff.sock
The control socket.
.SH SEE ALSO
.BR nft (8),
.BR journalctl (1),
.BR systemctl (1)
`;
}

function section(command: CommandPlan): string {
  const options = command.options.filter(({ long }) => long !== "--help");
  const inputs = command.inputs.filter(({ about }) => about !== "");
  return [
    `.SS ${text(usageOf(command))}`,
    `${text(command.about.charAt(0).toUpperCase() + command.about.slice(1))}.`,
    ...inputs.map(({ name, about }) => `.TP\n.I ${text(name)}\n${text(about)}`),
    ...options.map(option),
  ].join("\n");
}

function option({ flags, about, required }: OptionPlan): string {
  return `.TP\n.B ${text(flags)}\n${text(about)}${required ? "; required" : ""}`;
}

/**
 * Escapes text for roff(7): a backslash and a hyphen by a backslash, a dot or quote at the start of a line by a
 * zero-width character.
 */
function text(words: string): string {
  return words.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^[.']/, "\\&$&");
}

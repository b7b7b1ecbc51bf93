/** Converts errors of the argument parser to plain words, with the usage of the command. */
import type { Command, CommanderError, Option } from "commander";
import { didYouMean } from "../domain/did-you-mean.ts";
import { CodedError } from "../domain/errors.ts";
import { describeOption } from "./describe-option.ts";

/** Throws for a mistake; returns for help and version, which were printed. */
export function throwUsageError(error: CommanderError, command: Command): void {
  const { exitCode, code } = error;
  const topic = code === "commander.help" ? unknownHelpTopic(command) : undefined;
  if (topic !== undefined) {
    const [text, hint = ""] = unknownCommand(command, topic);
    throw new CodedError("usage", text, { hint });
  }
  if (exitCode === 0 || code === "commander.help") return;
  const [message, hint] = explain(code, error.message, command);
  const name = command.parent === null ? "" : `${command.name()}: `;
  throw new CodedError("usage", `${name}${message}`, {
    hint: hint ?? `usage: ${usageOf(command)}`,
  });
}

type Explained = readonly [message: string, hint?: string];

/** Explains an error by the parser's stable code; its message has the wrong word in single quotes. */
function explain(code: string, message: string, command: Command): Explained {
  const [first = "", second = ""] = [...message.matchAll(/'([^']*)'/g)].map(([, word]) => word);
  switch (code) {
    case "commander.missingArgument":
      return missingArgument(first, command);
    case "commander.missingMandatoryOptionValue":
      return [`missing ${first}`];
    case "commander.optionMissingArgument":
      return [`${longOf(first)} needs a value: ${describeFlags(first, command)}`];
    case "commander.unknownCommand":
      return unknownCommand(command);
    case "commander.unknownOption":
      return unknownOption(first, command);
    case "commander.excessArguments":
      return excessArguments(command);
    case "commander.invalidArgument":
      return invalidValue({ message, command, first, second });
    default:
      return [message.replace(/^error: /, "")];
  }
}

/** Returns the word of `help WORD` that is no command; the parser would print the help of all commands instead. */
export function unknownHelpTopic(command: Command): string | undefined {
  const [asked, word] = command.args;
  return asked === "help" && word !== undefined && ![asked, ...namesOf(command)].includes(word)
    ? word
    : undefined;
}

function namesOf(command: Command): readonly string[] {
  return command.commands.flatMap((one) => [one.name(), ...one.aliases()]);
}

function unknownCommand(command: Command, word: string = command.args[0] ?? ""): Explained {
  const near = didYouMean(word, namesOf(command));
  const hint = near === undefined ? "bailiff help lists the commands" : `did you mean "${near}"?`;
  return [`unknown command "${word}"`, hint];
}

function missingArgument(name: string, command: Command): Explained {
  const argument = command.registeredArguments.find((one) => one.name() === name);
  const choices = argument?.argChoices;
  // An argument with only one choice is a keyword, which the usage line shows.
  if (choices?.length === 1) return [`missing "${choices[0]}"`];
  return choices === undefined
    ? [`missing <${name}>`]
    : [`missing <${name}>: ${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`];
}

function unknownOption(flag: string, command: Command): Explained {
  const long = optionsOf(command).flatMap((option) => option.long ?? []);
  const near = didYouMean(flag, long);
  const help = command.parent === null ? "" : ` ${command.name()}`;
  const hint =
    near === undefined ? `bailiff help${help} lists the options` : `did you mean "${near}"?`;
  return [`unknown option "${flag}"`, hint];
}

function excessArguments(command: Command): Explained {
  const word = command.args[command.registeredArguments.length] ?? "";
  return [`unexpected argument "${word}"`];
}

interface InvalidValue {
  readonly message: string;
  readonly command: Command;
  readonly first: string;
  readonly second: string;
}

/**
 * Explains an invalid value. Messages: "option '--limit <n>' argument '0' is invalid. …", "command-argument value 'x'
 * is invalid for argument 'what'. …"
 */
function invalidValue({ message, command, first, second }: InvalidValue): Explained {
  const ofOption = /^(?:error: )?option /.test(message);
  const value = ofOption ? second : first;
  const choices = ofOption
    ? optionsOf(command).find(({ flags }) => flags === first)?.argChoices
    : command.registeredArguments.find((argument) => argument.name() === second)?.argChoices;
  // The text after the first sentence comes from the option's parse function.
  const expected = choices?.join(", ") ?? message.replace(/^.*? is invalid[^.]*\. */, "");
  // An argument with only one choice is a keyword, not a value.
  if (choices?.length === 1) return [`invalid argument "${value}"`, `expected "${expected}"`];
  if (!ofOption && choices !== undefined)
    return [`unknown ${second} "${value}"`, `available: ${expected}`];
  return [
    `invalid ${ofOption ? longOf(first) : second} "${value}"`,
    `expected ${choices === undefined ? "" : "one of "}${expected}`,
  ];
}

function describeFlags(flags: string, command: Command): string {
  const option = optionsOf(command).find((one) => one.flags === flags);
  return option === undefined ? flags : `${flags}, ${describeOption(option)}`;
}

function optionsOf(command: Command): readonly Option[] {
  const own = command.createHelp().visibleOptions(command);
  return command.parent === null ? own : [...own, ...optionsOf(command.parent)];
}

function longOf(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}

function usageOf(command: Command): string {
  const { parent } = command;
  return `${parent === null ? "" : `${parent.name()} `}${command.name()} ${command.usage()}`.trim();
}

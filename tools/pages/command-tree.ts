/**
 * Describes the command line as plain values. The reference, the man page and the completions are generated from it.
 */
import type { Argument, Command } from "commander";
import { createProgram } from "../../src/cli/commands.ts";
import { describeOption } from "../../src/cli/describe-option.ts";

export interface CommandPlan {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly about: string;
  /** Summary in a few words, for lists of commands. */
  readonly summary: string;
  readonly inputs: readonly InputPlan[];
  readonly options: readonly OptionPlan[];
}

export interface InputPlan {
  readonly name: string;
  /** As in the usage, such as "<address...>" or "[jail]". */
  readonly written: string;
  readonly about: string;
  readonly choices: readonly string[];
}

export interface OptionPlan {
  /** As in the usage, such as "--for <length>". */
  readonly flags: string;
  readonly long: string;
  readonly short: string | undefined;
  readonly about: string;
  /** Name of the value; undefined: a flag without value. */
  readonly value: string | undefined;
  readonly choices: readonly string[];
  readonly required: boolean;
}

export interface ProgramPlan {
  readonly about: string;
  readonly options: readonly OptionPlan[];
  readonly commands: readonly CommandPlan[];
}

export function planProgram(): ProgramPlan {
  const program = createProgram(() => undefined);
  return {
    about: program.description(),
    options: optionsOf(program),
    commands: program.commands.map(planCommand),
  };
}

function planCommand(command: Command): CommandPlan {
  return {
    name: command.name(),
    aliases: command.aliases(),
    about: command.description(),
    summary: command.summary(),
    inputs: command.registeredArguments.map((input) => {
      const name = `${input.name()}${input.variadic ? "..." : ""}`;
      return {
        name: input.name(),
        written: input.required ? `<${name}>` : `[${name}]`,
        about: describeInput(input),
        choices: input.argChoices ?? [],
      };
    }),
    options: optionsOf(command),
  };
}

function describeInput({ description, argChoices = [] }: Argument): string {
  const choices = argChoices.length > 1 ? argChoices.join(", ") : "";
  return [description, choices].filter((text) => text !== "").join(": ");
}

function optionsOf(command: Command): readonly OptionPlan[] {
  const options = command.createHelp().visibleOptions(command);
  return options.map((option) => ({
    flags: option.flags,
    long: option.long ?? option.flags,
    short: option.short,
    about: describeOption(option),
    value: option.required ? /<([^>]+)>/.exec(option.flags)?.[1] : undefined,
    choices: option.argChoices ?? [],
    required: option.mandatory,
  }));
}

/** Returns, for example, "bailiff ban [options] <address...>". */
export function usageOf({ name, inputs, options }: CommandPlan): string {
  const own = options.filter(({ long }) => long !== "--help");
  const must = own.filter(({ required }) => required).map(({ flags }) => flags);
  const may = own.some(({ required }) => !required) ? ["[options]"] : [];
  return ["bailiff", name, ...must, ...may, ...inputs.map(({ written }) => written)].join(" ");
}

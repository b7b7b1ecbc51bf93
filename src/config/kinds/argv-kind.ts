/** Reads a command: a program and arguments with placeholders such as {ip}. */
import { didYouMean } from "../../domain/did-you-mean.ts";
import { fail } from "../../domain/result.ts";
import { quote } from "./describe-value.ts";
import { exampleOf, type Kind, type Mistake, mistake, within } from "./kind.ts";
import { describeCommand, readCommand } from "./read-command.ts";

/** Placeholders of actions. */
export const PLACEHOLDERS = [
  "ip",
  "jail",
  "filter",
  "rule",
  "reason",
  "user",
  "failures",
  "from",
  "until",
  "bantime",
  "origin",
  "change",
  "host",
] as const;

export type Placeholder = (typeof PLACEHOLDERS)[number];

/** A program and its arguments. Only the arguments have placeholders. */
export type ArgumentTemplate = readonly string[];

/** Matches a placeholder, or its text in double braces. */
export const PLACEHOLDER: RegExp = /\{\{(?<text>[A-Za-z_]+)\}\}|\{(?<name>[A-Za-z_]+)\}/g;

export const argvKind: Kind<ArgumentTemplate> = createArgvKind(PLACEHOLDERS, [
  "/usr/local/bin/router",
  "block",
  "{ip}",
]);

/** `example`: a program and its arguments, for messages. */
export function createArgvKind(
  placeholders: readonly string[],
  example: readonly string[],
): Kind<ArgumentTemplate> {
  return {
    describe: (limits) => describeCommand(exampleOf(limits, example)),
    read(value, limits) {
      const argv = readCommand(value, exampleOf(limits, example));
      if (!argv.ok) return argv;
      const wrong = argv.value.flatMap((text, i) =>
        within(i, unknownPlaceholders(text, i, placeholders)),
      );
      return wrong.length === 0 ? argv : fail(wrong);
    },
  };
}

function unknownPlaceholders(
  text: string,
  index: number,
  placeholders: readonly string[],
): readonly Mistake[] {
  return [...text.matchAll(PLACEHOLDER)].flatMap(({ groups }) => {
    const name = groups?.["name"];
    if (name === undefined) return [];
    const written = quote(`{${name}}`);
    if (index === 0) return mistake(`${written} in the path of the program`, "a fixed path");
    if (placeholders.includes(name)) return [];
    const near = didYouMean(name, placeholders);
    const hint =
      near === undefined ? `for the text itself, write {{${name}}}` : `did you mean {${near}}?`;
    const all = placeholders.map((one) => `{${one}}`).join(", ");
    return mistake(`placeholder ${written}`, `one of ${all}`, hint);
  });
}

export function isPlaceholder(name: string): name is Placeholder {
  return PLACEHOLDERS.some((known) => known === name);
}

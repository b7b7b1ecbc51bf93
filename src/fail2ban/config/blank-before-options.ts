/**
 * Finds a blank before brackets, as in `ufw [port=22]`: fail2ban reads it as part of the name, finds no such file and
 * skips the jail.
 */
import type { Problem } from "../../domain/problem.ts";
import { type JailLayers, placeInLayers } from "./place-in-layers.ts";

/** Checks the value of an option; `text` names actions or a filter, with their options. */
export function findBlankBeforeOptions(
  text: string,
  kind: "action" | "filter",
  jail: JailLayers,
): readonly Problem[] {
  const word = /^[^\s[]+(?=\s+\[)/.exec(text)?.[0];
  if (word === undefined) return [];
  return [
    {
      ...placeOf(word, kind, jail),
      got: `${word} […]`,
      expected: `${word}[…], without a blank`,
      hint: `fail2ban looks for ${kind}.d/"${word} .conf" and skips the jail; bailiff reads it as ${word}`,
    },
  ];
}

/** Returns the entry with the blank. It may be in an option that `action` refers to (`banaction`). */
function placeOf(
  word: string,
  kind: "action" | "filter",
  jail: JailLayers,
): Pick<Problem, "path" | "line" | "key"> {
  const { sections, defaults } = jail.layers;
  const options = [...(sections.get(jail.name) ?? []), ...defaults];
  const saying = options.find(([, entry]) =>
    entry.text
      .split(word)
      .slice(1)
      .some((rest) => /^\s+\[/.test(rest)),
  );
  return placeInLayers(jail, saying?.[0] ?? kind);
}

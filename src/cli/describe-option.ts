import type { Option } from "commander";

/** Formats an option for help. Commander's default format adds "(default: false)" to every flag. */
export function describeOption(option: Option): string {
  const { description, argChoices, defaultValue, envVar } = option;
  const facts = [
    ...(argChoices === undefined ? [] : [argChoices.join(" or ")]),
    ...(defaultValue === undefined || defaultValue === false
      ? []
      : [`default: ${String(defaultValue)}`]),
    ...(envVar === undefined ? [] : [`env: ${envVar}`]),
  ];
  return facts.length === 0 ? description : `${description} (${facts.join(", ")})`;
}

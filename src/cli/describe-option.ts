import type { Option } from "commander";

/** Commander's own form also says "(default: false)" of every flag. */
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

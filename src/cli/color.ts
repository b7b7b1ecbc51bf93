/**
 * Decides whether an output gets colors. FORCE_COLOR takes precedence over NO_COLOR (https://no-color.org,
 * https://force-color.org), which takes precedence over the kind of output. An empty variable has no effect;
 * FORCE_COLOR=0 turns colors off.
 */
export interface ColorOutput {
  readonly isTTY?: boolean;
}

export function wantsColor(
  output: ColorOutput,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  const { FORCE_COLOR: force = "", NO_COLOR: no = "", TERM: term } = env;
  if (force !== "") return force !== "0" && force !== "false";
  if (no !== "") return false;
  return output.isTTY === true && term !== "dumb";
}

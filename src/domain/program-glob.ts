/** Matches program names with the globs of a filter's `programs`: `*` matches any text without a slash, even none. */

export function isProgramGlob(name: string): boolean {
  return name.includes("*");
}

/** Takes time proportional to both lengths for each star, whatever the name is. */
export function matchesProgram(glob: string, name: string): boolean {
  const [first = "", ...rest] = glob.split("*");
  if (rest.length === 0) return glob === name;
  const last = rest.pop() ?? "";
  if (name.length < first.length + last.length) return false;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let at = first.length;
  // Match each part at its first occurrence: a later one would only leave less text for the next parts.
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end || name.slice(at, found).includes("/")) return false;
    at = found + part.length;
  }
  return !name.slice(at, end).includes("/");
}

export function isProgramOf(programs: readonly string[], name: string): boolean {
  return programs.some((program) => matchesProgram(program, name));
}

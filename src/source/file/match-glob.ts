/**
 * Matches a file name against one part of a path pattern, as in glob(7): `*`, `?`, `[a-z]`, `[!a-z]`; a leading dot
 * matches only a dot. Takes linear time for each star, so no name makes it slow.
 */

export function hasWildcard(part: string): boolean {
  return /[*?[]/.test(part);
}

/** Matches each part between slashes separately: `*` matches no slash. */
export function matchesPath(path: string, pattern: string): boolean {
  const [parts, patterns] = [path.split("/"), pattern.split("/")];
  return (
    parts.length === patterns.length &&
    parts.every((part, i) => part === patterns[i] || matchGlob(part, patterns[i] ?? ""))
  );
}

export function matchGlob(name: string, pattern: string): boolean {
  if (name.startsWith(".") && !pattern.startsWith(".")) return false;
  let [n, p] = [0, 0];
  // Position at which to retry when the rest fails: the last star then matches one more character.
  let [retryName, retryPattern] = [-1, -1];
  while (n < name.length) {
    if (pattern[p] === "*") {
      [retryName, retryPattern] = [n, ++p];
      continue;
    }
    const next = p < pattern.length ? matchOne(name.charAt(n), pattern, p) : undefined;
    if (next !== undefined) {
      n++;
      p = next;
    } else if (retryPattern >= 0) {
      n = ++retryName;
      p = retryPattern;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** Returns the position after the pattern element at `p`, if it matches this character. */
function matchOne(character: string, pattern: string, p: number): number | undefined {
  const element = pattern.charAt(p);
  if (element === "?") return p + 1;
  const negated = pattern[p + 1] === "!" || pattern[p + 1] === "^";
  const first = p + (negated ? 2 : 1);
  // A leading bracket is a member of the class.
  const close = element === "[" ? pattern.indexOf("]", first + 1) : -1;
  if (close < 0) return element === character ? p + 1 : undefined;
  const inside = inClass(character, pattern.slice(first, close));
  return inside !== negated ? close + 1 : undefined;
}

function inClass(character: string, members: string): boolean {
  for (let i = 0; i < members.length; i++) {
    if (members[i + 1] === "-" && i + 2 < members.length) {
      if (members.charAt(i) <= character && character <= members.charAt(i + 2)) return true;
      i += 2;
    } else if (members[i] === character) return true;
  }
  return false;
}

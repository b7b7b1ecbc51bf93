/** Names the filters of jails: each jail has its own, because options of the jail are part of it. */
const MAX_LENGTH = 64;

/** Returns the filter's name of each jail; a jail whose name needs no change is never renamed for another one. */
export function filterNames(jails: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const unchanged = jails.filter((jail) => nameFor(jail) === `fail2ban-${jail}`);
  for (const jail of [...unchanged, ...jails.filter((one) => !unchanged.includes(one))]) {
    const plain = nameFor(jail);
    let name = plain;
    for (let number = 2; taken.has(name); number++) {
      const ending = `-${number}`;
      name = plain.slice(0, MAX_LENGTH - ending.length) + ending;
    }
    taken.add(name);
    names.set(jail, name);
  }
  return names;
}

function nameFor(jail: string): string {
  const safe = jail
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+/, "");
  return `fail2ban-${safe}`.slice(0, MAX_LENGTH);
}

/**
 * Holds captured texts by group name, in fail2ban's order; undefined: the group did not match. Searched linearly, since
 * filters have at most a dozen groups, and most lines create such an object: creating a Map takes several times as
 * long.
 */
export class Groups {
  /** Names and values, alternating. */
  readonly #entries: (string | undefined)[] = [];

  get(name: string): string | undefined {
    const at = this.#find(name);
    return at < 0 ? undefined : this.#entries[at + 1];
  }

  has(name: string): boolean {
    return this.#find(name) >= 0;
  }

  /** Replaces the entry of that name, or appends one. */
  set(name: string, value: string | undefined): void {
    const at = this.#find(name);
    if (at < 0) this.#entries.push(name, value);
    else this.#entries[at + 1] = value;
  }

  /** Adds the groups of `others` that matched; they replace existing ones. */
  add(others: Groups): void {
    others.forEach((value, name) => {
      if (value !== undefined) this.set(name, value);
    });
  }

  delete(name: string): void {
    const at = this.#find(name);
    if (at < 0) return;
    const entries = this.#entries;
    for (let i = at + 2; i < entries.length; i++) entries[i - 2] = entries[i];
    entries.length -= 2;
  }

  forEach(take: (value: string | undefined, name: string) => void): void {
    const entries = this.#entries;
    for (let i = 0; i < entries.length; i += 2) take(entries[i + 1], entries[i] ?? "");
  }

  copy(): Groups {
    const copy = new Groups();
    copy.#entries.push(...this.#entries);
    return copy;
  }

  *[Symbol.iterator](): IterableIterator<readonly [string, string | undefined]> {
    const entries = this.#entries;
    for (let i = 0; i < entries.length; i += 2) yield [entries[i] ?? "", entries[i + 1]];
  }

  #find(name: string): number {
    const entries = this.#entries;
    for (let i = 0; i < entries.length; i += 2) if (entries[i] === name) return i;
    return -1;
  }
}

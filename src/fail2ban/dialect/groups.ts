/**
 * Holds what lines captured, by name, in the order in which fail2ban lists it; undefined: the group took no part.
 * Real filters have at most a dozen entries, so they are searched linearly: a Map takes several times as long to
 * create, and most lines create one.
 */
export class Groups {
  /** Names and values in turn. */
  readonly #entries: (string | undefined)[] = [];

  get(name: string): string | undefined {
    const at = this.#find(name);
    return at < 0 ? undefined : this.#entries[at + 1];
  }

  has(name: string): boolean {
    return this.#find(name) >= 0;
  }

  /** Replaces the entry of that name, else appends one. */
  set(name: string, value: string | undefined): void {
    const at = this.#find(name);
    if (at < 0) this.#entries.push(name, value);
    else this.#entries[at + 1] = value;
  }

  /** Adds the groups of `others` that took part; they replace existing ones. */
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

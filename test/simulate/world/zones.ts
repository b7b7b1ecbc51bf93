/**
 * Simulates the time zone of the host: an offset that a rule changes at a moment, as summer time does, and a zone that an
 * administrator sets. The daemon knows the rule, but uses another zone only when it looks at the setting.
 */
export class Zones {
  #offset: number;
  /** Wall clock since which an offset holds by the rule of the zone, the latest last. */
  #rule: readonly { readonly since: number; readonly offset: number }[] = [];
  #settings = 0;
  #known: Zones | undefined;

  constructor(offset: number) {
    this.#offset = offset;
  }

  /** Returns the offset from UTC at a wall clock, in milliseconds, positive in the east. */
  offsetAt(wall: number): number {
    return this.#rule.findLast(({ since }) => since <= wall)?.offset ?? this.#offset;
  }

  /** Returns the offset as the daemon knows it. */
  knownOffsetAt(wall: number): number {
    return (this.#known ?? this).offsetAt(wall);
  }

  /** The rule of the zone changes the offset by `step` from now on. */
  changeByRule(wall: number, step: number): void {
    const rule = [...this.#rule, { since: wall, offset: this.offsetAt(wall) + step }];
    this.#rule = rule;
    if (this.#known !== undefined) this.#known.#rule = rule;
  }

  /** An administrator sets another zone, whose offset was always different by `step`. */
  set(wall: number, step: number): void {
    const before = new Zones(this.#offset);
    before.#rule = this.#rule;
    this.#known ??= before;
    this.#offset = this.offsetAt(wall) + step;
    this.#rule = [];
    this.#settings++;
  }

  /** The daemon looks at the setting; returns what identifies it. */
  follow(): string {
    this.#known = undefined;
    return String(this.#settings);
  }
}

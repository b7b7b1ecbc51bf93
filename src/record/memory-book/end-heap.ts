/** A binary heap: returns the value with the smallest number first. */
export class EndHeap<T> {
  readonly #ends: number[] = [];
  readonly #values: T[] = [];

  first(): T | undefined {
    return this.#values[0];
  }

  push(end: number, value: T): void {
    let i = this.#ends.length;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.#endAt(parent) <= end) break;
      this.#move(parent, i);
      i = parent;
    }
    this.#ends[i] = end;
    this.#values[i] = value;
  }

  removeFirst(): void {
    const end = this.#ends.pop();
    const value = this.#values.pop();
    const size = this.#ends.length;
    if (end === undefined || value === undefined || size === 0) return;
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      const child = this.#endAt(left + 1) < this.#endAt(left) ? left + 1 : left;
      if (this.#endAt(child) >= end) break;
      this.#move(child, i);
      i = child;
    }
    this.#ends[i] = end;
    this.#values[i] = value;
  }

  /** Returns infinity outside of the heap. */
  #endAt(index: number): number {
    return this.#ends[index] ?? Number.POSITIVE_INFINITY;
  }

  #move(from: number, to: number): void {
    this.#ends[to] = this.#endAt(from);
    const value = this.#values[from];
    if (value !== undefined) this.#values[to] = value;
  }
}

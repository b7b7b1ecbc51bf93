/** Hashes accounts for sketches, in any case: many services accept it. */
import { hashText, mixHash } from "../hash.ts";
import { withoutDomain } from "./spelled-name.ts";

/** Makes a hash say that a name was tried with a domain. */
const WITH_DOMAIN = 1;

export class NameHashes {
  readonly #seed: number;

  /** `seed` keys the hashes. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** 0: the name is empty. */
  of(name: string): number {
    return name === "" ? 0 : hashText(name.toLowerCase(), this.#seed);
  }

  /** Returns a hash of the name without its domain, other than that of this name itself; 0: it has no domain. */
  withDomain(name: string): number {
    const bare = withoutDomain(name);
    return bare === undefined ? 0 : mixHash(this.of(bare), WITH_DOMAIN);
  }

  /** Returns the hashes under which tries of these names, with and without a domain, were counted. */
  ofSpellings(names: readonly string[]): readonly number[] {
    return names.flatMap((name) => {
      const bare = withoutDomain(name);
      const other = bare === undefined ? mixHash(this.of(name), WITH_DOMAIN) : this.of(bare);
      return [this.of(name), other];
    });
  }
}

/**
 * Owns our part of firewalld: pairs of sets, and the rules that refer to them. `prepare` compares firewalld's word with
 * the kernel, because firewalld does not notice changes by other programs. A new pair needs a reload of firewalld, which
 * drops what was never made permanent there; so pairs stay, also when their last block ends.
 */
import { type Bus, RUNTIME } from "./bus.ts";
import {
  makePermanent,
  readEntries,
  readSetKey,
  readSetNames,
  removePermanent,
  writeEntries,
  writePermanentEntries,
} from "./ipsets.ts";
import type { KernelState, Rules } from "./rules.ts";
import { pairNameOf, type SetKey, setNamesOf } from "./set-name.ts";

type SetNames = Awaited<ReturnType<typeof readSetNames>>;

export interface StructureOptions {
  readonly bus: Bus;
  readonly rules: Rules;
  /** Rules that an earlier run may have used, and that are removed. */
  readonly formerRules: Rules;
  /** Pairs that exist even without a block, so that the first one needs no reload. */
  readonly usual: readonly SetKey[];
  readonly aroundReload: (reload: () => Promise<void>) => Promise<void>;
}

export class Structure {
  readonly #bus: Bus;
  readonly #rules: Rules;
  readonly #formerRules: Rules;
  readonly #usual: readonly SetKey[];
  readonly #aroundReload: StructureOptions["aroundReload"];
  /** Pairs that exist, or are required, by name. */
  readonly #pairs = new Map<string, SetKey>();
  /** Whether all was there at the last look. Otherwise a change may not have the effect that `entries` suggests. */
  #isSound = false;
  /** Number of reloads of ours that firewalld did not report yet. */
  #ownReloads = 0;
  /**
   * What firewalld has in each set at runtime, as far as this process knows. Changed before firewalld is, so that its
   * report of a change by this process agrees with it.
   */
  readonly entries: Map<string, Set<string>> = new Map();

  constructor(options: StructureOptions) {
    this.#bus = options.bus;
    this.#rules = options.rules;
    this.#formerRules = options.formerRules;
    this.#usual = options.usual;
    this.#aroundReload = options.aroundReload;
  }

  has(key: SetKey): boolean {
    return this.#pairs.has(pairNameOf(key));
  }

  /** Returns whether firewalld has this entry in one of the sets of the pair. */
  holds(key: SetKey, entry: string): boolean {
    return setNamesOf(key).some((name) => this.entries.get(name)?.has(entry) ?? false);
  }

  pairs(): readonly SetKey[] {
    return [...this.#pairs.values()];
  }

  isSound(): boolean {
    return this.#isSound;
  }

  /** Repairs everything that is missing, with these pairs too. Returns whether it changed anything. */
  async prepare(more: readonly SetKey[] = []): Promise<boolean> {
    this.#isSound = false;
    const names = await this.#learn();
    for (const key of [...this.#usual, ...more]) this.#pairs.set(pairNameOf(key), key);
    const hadOthers = await this.#formerRules.removePermanent();
    let repaired = (await this.#include(names)) || hadOthers;
    const rules = await this.#rules.repair(this.pairs());
    repaired ||= rules !== "unchanged";
    let kernel = rules === "reload" ? undefined : await this.#rules.readKernel();
    if (kernel === undefined || hadOthers || !this.#isComplete(kernel)) {
      await this.#reload();
      repaired = true;
      kernel = await this.#rules.readKernel();
      if (!this.#isComplete(kernel))
        throw new Error("firewalld reports our rules, but the kernel lacks them after a reload");
    }
    repaired = (await this.#equalize(kernel)) || repaired;
    this.#isSound = true;
    return repaired;
  }

  /** Reads which pairs exist: of an earlier run, or of another process. */
  async #learn(): Promise<SetNames> {
    const names = await readSetNames(this.#bus);
    const known = new Set(this.pairs().flatMap(setNamesOf));
    for (const name of names.runtime.union(names.permanent)) {
      if (known.has(name)) continue;
      const from = names.runtime.has(name) ? "runtime" : "permanent";
      const key = await readSetKey(this.#bus, name, from);
      if (key !== undefined) this.#pairs.set(pairNameOf(key), key);
      // An earlier run ended during its reload.
      if (names.permanent.has(name)) await writePermanentEntries(this.#bus, name, []);
    }
    return names;
  }

  /** Makes missing sets. */
  async #include({ runtime, permanent }: SetNames): Promise<boolean> {
    const isMissing = (existing: ReadonlySet<string>): boolean =>
      this.pairs().some((key) => !setNamesOf(key).every((name) => existing.has(name)));
    if (!isMissing(permanent) && !isMissing(runtime)) return false;
    for (const key of this.pairs()) await makePermanent(this.#bus, key, permanent);
    if (!isMissing(runtime)) return true;
    await this.#rules.beforeReload(this.pairs());
    await this.#reload();
    return true;
  }

  /** Reloads firewalld. Blocks stay in force: they are permanent until it has ended. */
  async #reload(): Promise<void> {
    const kept: string[] = [];
    const { runtime, permanent } = await readSetNames(this.#bus);
    for (const name of runtime.intersection(permanent)) {
      const entries = this.entries.get(name) ?? (await readEntries(this.#bus, name));
      if ([...entries].length === 0) continue;
      kept.push(name);
      await writePermanentEntries(this.#bus, name, [...entries]);
    }
    await this.#reloadOnly();
    for (const name of kept) await writePermanentEntries(this.#bus, name, []);
  }

  async #reloadOnly(): Promise<void> {
    await this.#aroundReload(async () => {
      this.#ownReloads++;
      try {
        await this.#bus.call({ object: RUNTIME, method: "reload" });
      } catch (error) {
        this.#ownReloads--;
        throw error;
      }
    });
  }

  #isComplete(kernel: KernelState): boolean {
    return this.pairs().every(
      (key) => kernel.guards(key) && setNamesOf(key).every((name) => kernel.entries.has(name)),
    );
  }

  /** Makes the kernel's entries equal to firewalld's, and learns them. */
  async #equalize(kernel: KernelState): Promise<boolean> {
    let repaired = false;
    for (const name of this.pairs().flatMap(setNamesOf)) {
      const found = kernel.entries.get(name) ?? new Set();
      if (isEqual(this.entries.get(name), found)) continue;
      const entries = new Set(await readEntries(this.#bus, name));
      this.entries.set(name, entries);
      if (isEqual(entries, found)) continue;
      await writeEntries(this.#bus, name, [...entries]);
      repaired = true;
    }
    return repaired;
  }

  /** Returns whether the kernel has all that firewalld should have, at the cost of reading it. */
  async isIntact(): Promise<boolean> {
    this.#isSound = false;
    const kernel = await this.#rules.readKernel();
    const isSame = (name: string): boolean =>
      isEqual(this.entries.get(name), kernel.entries.get(name) ?? new Set());
    this.#isSound = this.#isComplete(kernel) && this.pairs().flatMap(setNamesOf).every(isSame);
    return this.#isSound;
  }

  readKernel(): Promise<KernelState> {
    return this.#rules.readKernel();
  }

  /** Forgets reloads that nobody watched. */
  forgetOwnReloads(): void {
    this.#ownReloads = 0;
  }

  /** Returns whether a reload that firewalld reports was ours. */
  takeOwnReload(): boolean {
    if (this.#ownReloads === 0) return false;
    this.#ownReloads--;
    return true;
  }

  /** Removes sets and rules from both configurations, with a reload. */
  async removeAll(): Promise<void> {
    const { runtime, permanent } = await readSetNames(this.#bus);
    let isPresent = runtime.size + permanent.size > 0;
    for (const rules of [this.#rules, this.#formerRules])
      isPresent = (await rules.removePermanent()) || isPresent;
    for (const name of permanent) await removePermanent(this.#bus, name);
    // The rules at runtime are left to the reload: without any, firewalld would no longer remove the kernel's ipsets.
    if (isPresent) await this.#reloadOnly();
    this.#isSound = false;
    this.#pairs.clear();
    this.entries.clear();
    const left = (await readSetNames(this.#bus)).runtime.size;
    if (left > 0) throw new Error(`firewalld still has ${left} of our sets after a reload`);
  }
}

function isEqual(a: ReadonlySet<string> | undefined, b: ReadonlySet<string>): boolean {
  return a?.size === b.size && a.isSubsetOf(b);
}

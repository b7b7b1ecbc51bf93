/**
 * Enforces bans with iptables: a chain of ours that INPUT, FORWARD and DOCKER-USER jump to first, in both variants and
 * for both families. Blocks are in ipsets, or without ipset in a limited number of rules. Blocks outlive the daemon:
 * `close` leaves everything in the kernel, only `removeAll` removes it.
 */
import { amount } from "../domain/amount.ts";
import type { Subject } from "../domain/cidr.ts";
import type { Change, EnforcedBlock, Enforcer, Prepared, Refusal } from "../domain/enforcer.ts";
import type { Instant } from "../domain/instant.ts";
import { ALL_PORTS } from "../domain/port-scope.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { messageOf } from "../domain/thrown-error.ts";
import { findProgram } from "../host/process/find-program.ts";
import { createSerialQueue } from "../host/serial-queue.ts";
import { systemClock } from "../host/system-clock.ts";
import type { Emit } from "../telemetry/events.ts";
import type { IsAllowed } from "./admit-change.ts";
import { EmptySets } from "./empty-sets.ts";
import { openAddressSets } from "./iptables/address-sets.ts";
import { ABILITIES, MAX_RULES } from "./enforcer-abilities.ts";
import type { BlockStore } from "./iptables/block-store.ts";
import { createChainStore } from "./iptables/chain-store.ts";
import { explainUnusable } from "./iptables/explain-error.ts";
import { findFormer } from "./iptables/former-blocks.ts";
import { FamilyChains, removeChains } from "./iptables/family-chains.ts";
import {
  chooseVariant,
  findTables,
  findUsedTables,
  VARIANTS,
  type Variant,
} from "./iptables/programs.ts";
import { createRecentListing } from "./iptables/recent-listing.ts";
import { type MemberChange, resolveChanges } from "./iptables/resolve-changes.ts";
import { type ScopeKey, scopeNameOf } from "./iptables/scope-name.ts";
import { createSetStore, destroySets } from "./iptables/set-store.ts";
import type { Tables } from "./iptables/tables.ts";
import type { Unusable } from "./nftables.ts";
import type { Verdict } from "./verdict.ts";
import { watchByComparison } from "./watch-by-comparison.ts";

export { keepUsed } from "./iptables/programs.ts";

export interface IptablesOptions {
  /** "auto": the one that holds rules, or that the command `iptables` is. */
  readonly variant: "auto" | Variant;
  /** Whether blocks are in ipsets. Otherwise there are at most 500, as rules. */
  readonly ipset: boolean;
  readonly verdict: Verdict;
  /** Chains of the table "filter" that jump to ours. Those that do not exist are covered once they do. */
  readonly chains: readonly string[];
  readonly isAllowed: IsAllowed;
  readonly emit: Emit;
}

export interface Iptables extends Enforcer {
  readonly variant: Variant;
}

/** Opens the enforcer, and creates its chains, which proves that they work. Fails with what is missing and how to fix it. */
export async function openIptables(options: IptablesOptions): Promise<Result<Iptables, Unusable>> {
  const ipset = options.ipset ? findProgram("ipset") : undefined;
  if (options.ipset && ipset === undefined)
    return fail({
      reason: "the program ipset is not installed",
      fix: `install the package ipset, or set ipset = false for at most ${MAX_RULES} bans`,
    });
  const variant = options.variant === "auto" ? await chooseVariant() : options.variant;
  const tables = await findTables(variant);
  if (!tables.ok) return tables;
  const blocksIn = ipset === undefined ? "chains" : "sets";
  const fixed = { blocksIn, covered: options.chains, verdict: options.verdict } as const;
  const families = tables.value.map((one) => new FamilyChains(one, fixed));
  const store =
    ipset === undefined
      ? createChainStore(tables.value)
      : createSetStore(openAddressSets(ipset), () => removeAllChains(families));
  const enforcer = new IptablesEnforcer({
    variant,
    families,
    store,
    isAllowed: options.isAllowed,
    emit: options.emit,
  });
  const { error } = await enforcer.open(tables.value);
  return error === undefined ? ok(enforcer) : fail(explainUnusable(error));
}

interface Parts {
  readonly variant: Variant;
  readonly families: readonly FamilyChains[];
  readonly store: BlockStore;
  readonly isAllowed: IsAllowed;
  readonly emit: Emit;
}

class IptablesEnforcer implements Iptables {
  readonly name = "iptables";
  readonly enforcing = true;
  readonly lookup = undefined;
  readonly variant: Variant;
  readonly abilities: Enforcer["abilities"];
  readonly #parts: Parts;
  /** Scopes that have a set or chain, by its name. */
  readonly #keys = new Map<string, ScopeKey>();
  readonly #empty = new EmptySets();
  /** Runs one change at a time: a comparison must not see half of a change. */
  readonly #inTurn = createSerialQueue();
  readonly #recent = createRecentListing(() => this.list());

  constructor(parts: Parts) {
    this.#parts = parts;
    this.variant = parts.variant;
    const { kind } = parts.store;
    this.abilities = ABILITIES[kind === "sets" ? "iptables" : "iptables, ipset = false"];
  }

  /** Creates the structure, and takes over the blocks of an earlier run, also of one with other settings. */
  open(tables: readonly Tables[]): Promise<Pick<Prepared, "error">> {
    const { families, store, variant } = this.#parts;
    return this.#inTurn(async () => {
      const now = systemClock.now();
      const former = await findFormer({ variant, tables, kind: store.kind }, now);
      this.#adopt(families.map(({ family }) => ({ family, scope: ALL_PORTS })));
      this.#adopt(former.scopes);
      const prepared = await this.#prepare({ fill: () => store.apply(former.members, now) });
      if (prepared.error === undefined) await former.remove();
      return prepared;
    });
  }

  async prepare(now: Instant): Promise<Prepared> {
    const prepared = await this.#inTurn(async () => {
      const unused = await this.#takeUnused(now);
      const done = await this.#prepare({ unused });
      if (done.error === undefined) await this.#parts.store.drop(unused);
      return done;
    });
    if (prepared.error === undefined) return prepared;
    const { reason, fix } = explainUnusable(prepared.error);
    return { ...prepared, error: `${reason}: ${fix}` };
  }

  /** Forgets the scopes that no ban uses any more. Returns their names. */
  async #takeUnused(now: Instant): Promise<readonly string[]> {
    const empty = await this.#parts.store.emptyNames();
    const former = empty.filter((name) => {
      const key = this.#keys.get(name);
      return key !== undefined && key.scope !== ALL_PORTS;
    });
    const unused = this.#empty.unused(former, now);
    for (const name of unused) this.#keys.delete(name);
    return unused;
  }

  /** Repairs the structure. `fill` runs before rules refer to the blocks; `unused` are names of scopes to remove. */
  async #prepare({
    fill,
    unused = [],
  }: {
    readonly fill?: () => Promise<unknown>;
    readonly unused?: readonly string[];
  } = {}): Promise<Prepared> {
    const { families, store } = this.#parts;
    const failed = (error: string): Prepared => ({ error, repaired: false, structure: undefined });
    try {
      const stored = await store.prepare([...this.#keys.values()]);
      if (!stored.ok) return failed(stored.error);
      this.#adopt(stored.value.filter((key) => !unused.includes(scopeNameOf(key))));
      await fill?.();
      const covered: string[] = [];
      let isRepaired = false;
      for (const chains of families) {
        const prepared = await chains.prepare([...this.#keys.values()]);
        if (!prepared.ok) return failed(prepared.error);
        isRepaired ||= prepared.value.repaired;
        const version = chains.family === "ipv4" ? "IPv4" : "IPv6";
        covered.push(`${prepared.value.covered.join(", ")} (${version})`);
      }
      const holders = amount(this.#keys.size, store.kind === "sets" ? "set" : "chain");
      const structure = `iptables-${this.variant}, chain bailiff first in ${covered.join(" and ")}, ${holders}`;
      return { error: undefined, repaired: isRepaired, structure };
    } catch (cause) {
      return failed(messageOf(cause));
    }
  }

  apply(changes: readonly Change[], now: Instant): Promise<readonly Refusal[]> {
    const { families, store, isAllowed } = this.#parts;
    return this.#inTurn(async () => {
      const used = families.map(({ family }) => family);
      const resolving = { isAllowed, families: used, known: this.#keys };
      const { refusals, members, missing } = resolveChanges(changes, resolving, now);
      this.#recent.forget();
      if (members.length === 0) return refusals;
      this.#adopt(missing);
      const included = missing.length === 0 ? undefined : await this.#prepare();
      if (included?.error !== undefined)
        return [...refusals, ...members.map((member) => refuse(member, included.error ?? ""))];
      return [...refusals, ...(await this.#applyMembers(store, members, now))];
    });
  }

  /** Applies changes; retries those that failed once, on a repaired structure. */
  async #applyMembers(
    store: BlockStore,
    members: readonly MemberChange[],
    now: Instant,
  ): Promise<readonly Refusal[]> {
    const failed = await store.apply(members, now);
    if (failed.length === 0) return [];
    const { error } = await this.#prepare();
    if (error !== undefined) return failed.map(({ member }) => refuse(member, error));
    const again = await store.apply(
      failed.map(({ member }) => member),
      now,
    );
    return again.map(({ member, error: reason }) => refuse(member, reason));
  }

  list(): Promise<readonly EnforcedBlock[]> {
    return this.#parts.store.list([...this.#keys.values()]);
  }

  async count(subjects: readonly Subject[]): Promise<readonly EnforcedBlock[]> {
    const wanted = new Map(subjects.map((subject) => [subject, [] as EnforcedBlock[]]));
    for (const block of await this.#recent.read()) wanted.get(block.subject)?.push(block);
    return [...wanted.values()].flat();
  }

  watch(signal: AbortSignal): ReturnType<typeof watchByComparison> {
    const { families, store, emit } = this.#parts;
    const isDisturbed = (): Promise<boolean> =>
      this.#inTurn(async () => {
        const lost = await store.isDisturbed();
        const intact = await Promise.all(families.map((chains) => chains.isIntact()));
        return lost || intact.includes(false);
      });
    return watchByComparison({ isDisturbed, isInNftables: this.variant === "nft", emit }, signal);
  }

  removeAll(): Promise<Result<undefined, string>> {
    return this.#inTurn(async () => {
      const own = await removeAllChains(this.#parts.families);
      if (!own.ok) return own;
      // Also what a run with the other variant, or with ipsets, has left.
      for (const variant of VARIANTS.filter((one) => one !== this.variant))
        for (const tables of await findUsedTables(variant)) {
          if (!(await tables.read()).ok) continue;
          const removed = await removeChains(tables);
          if (!removed.ok) return removed;
        }
      const ipset = findProgram("ipset");
      return ipset === undefined ? ok(undefined) : destroySets(openAddressSets(ipset));
    });
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => this.#parts.store.close());
  }

  #adopt(keys: readonly ScopeKey[]): void {
    const families = this.#parts.families.map(({ family }) => family);
    for (const key of keys)
      if (families.includes(key.family)) this.#keys.set(scopeNameOf(key), key);
  }
}

async function removeAllChains(
  families: readonly FamilyChains[],
): Promise<Result<undefined, string>> {
  for (const chains of families) {
    const removed = await chains.remove();
    if (!removed.ok) return removed;
  }
  return ok(undefined);
}

function refuse({ change }: MemberChange, error: string): Refusal {
  return { change, error, retryable: true };
}

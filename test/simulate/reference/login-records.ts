import type { Happening } from "../happenings.ts";
import type { Network } from "./network.ts";

export type Login = Extract<Happening, { kind: "login" }>;

/** A login whose line may still become readable. */
export interface LoginRecord {
  readonly login: Login;
  readonly network: Network;
  /** Names of jails that have its line. */
  readonly readIn: Set<string>;
  /** Sources that have its line now. */
  readonly readableIn: Set<string>;
  /** When it was first readable anywhere; undefined: not yet. */
  readableAt: number | undefined;
}

const MAX_GENERATION = 50_000;

/**
 * The newest 50,000 to 100,000 logins. There are two generations, because a Map gets slow if its first entries are
 * deleted one by one.
 */
export class LoginRecords {
  #young = new Map<number, LoginRecord>();
  #old = new Map<number, LoginRecord>();

  get(id: number): LoginRecord | undefined {
    return this.#young.get(id) ?? this.#old.get(id);
  }

  set(id: number, record: LoginRecord): void {
    if (this.#young.size >= MAX_GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(id, record);
  }

  delete(id: number): void {
    if (!this.#young.delete(id)) this.#old.delete(id);
  }

  *values(): Generator<LoginRecord, void, void> {
    yield* this.#old.values();
    yield* this.#young.values();
  }
}

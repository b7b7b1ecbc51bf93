/** Numbers the rules whose failures close sessions, so that a few bits of a session tell which of them it has had. */
import { CLOSED_BY_FIRST } from "./session-table.ts";

/** All flags together must be a number of 31 bits. Filters have few such rules. */
const MAX_RULES = 24;

export class ClosingRules {
  readonly #flags = new Map<string, number>();

  /** Returns the flag of a rule; 0 for those above the limit, whose repetition is not noticed. */
  flagOf(rule: string): number {
    const known = this.#flags.get(rule);
    if (known !== undefined) return known;
    const flag = this.#flags.size < MAX_RULES ? CLOSED_BY_FIRST << this.#flags.size : 0;
    this.#flags.set(rule, flag);
    return flag;
  }
}

/**
 * Remembers from which networks (IPv4 /16, IPv6 /32) an account logged in during the last 90 days, and in which spelling
 * of its name. Bounded to 8; those with logins on the fewest days are forgotten first.
 */
import type { Ip } from "../../../domain/ip.ts";
import {
  isLoginKnown,
  type LoginDays,
  rememberLogin,
  restoreDays,
  type SavedLogin,
  saveLogins,
} from "../login-days.ts";
import { nearNetwork } from "./login-memory.ts";

const MAX_NETWORKS = 8;

export class AccountNetworks {
  /** By network and spelling. */
  readonly #networks = new Map<string, LoginDays>();

  note(ip: Ip, spelling: string, at: number): void {
    rememberLogin(this.#networks, keyOf(ip, spelling), { at, limit: MAX_NETWORKS });
  }

  has(ip: Ip, spelling: string, at: number): boolean {
    return isLoginKnown(this.#networks.get(keyOf(ip, spelling)), at);
  }

  /** Moves all times with a step of the wall clock, in milliseconds. */
  shift(step: number): void {
    for (const known of this.#networks.values()) known.loginAt += step;
  }

  state(): readonly SavedLogin<string>[] {
    return saveLogins(this.#networks);
  }

  restore([key, loginAt, loginDays]: SavedLogin<string>): void {
    this.#networks.set(key, restoreDays(loginAt, loginDays));
  }
}

function keyOf(ip: Ip, spelling: string): string {
  return `${nearNetwork(ip)} ${spelling}`;
}

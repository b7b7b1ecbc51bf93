/**
 * Counts the successful logins in one jail's replay: how many, from which networks, after how many failures. Bounded:
 * MAX_LOGINS addresses and networks; the rest is only counted.
 */
import type { JailTraffic } from "../../domain/host-facts.ts";
import type { Subject } from "../../domain/cidr.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import { detachString } from "../../domain/detach-string.ts";
import { networkOf } from "./subject-tally.ts";

export interface LoginRecord {
  readonly ip: Ip;
  readonly at: Instant;
  readonly user: string | undefined;
  /** Whether the user is an account of this host. */
  readonly isAccount: boolean;
  readonly isPublic: boolean;
  readonly byPassword: boolean;
  /** Number of earlier failures of the address. */
  readonly failures: number;
}

type LoginAfterFailures = JailTraffic["successes"]["afterFailures"][number];

const MAX_LOGINS = 20_000;
const MAX_AFTER_FAILURES = 200;
const MAX_ACCOUNTS_PER_ADDRESS = 200;
const MAX_NETWORKS_NAMED = 3;
/** Minimum number of failures before a login that are reported; fewer are typing errors. */
const MIN_GUESSES = 20;
/** An address from which this many accounts logged in counts as shared. */
const MIN_SHARED_ACCOUNTS = 3;

export class LoginTally {
  readonly #accountsByIp = new Map<Ip, Set<string>>();
  readonly #networks = new Map<Subject, number>();
  readonly #afterFailures: LoginAfterFailures[] = [];
  #count = 0;
  #outside = 0;
  #byPassword = 0;

  add(login: LoginRecord): void {
    this.#count++;
    if (login.isPublic) this.#outside++;
    if (login.byPassword) this.#byPassword++;
    const network = networkOf(login.ip);
    if (this.#networks.has(network) || this.#networks.size < MAX_LOGINS)
      this.#networks.set(detachString(network), (this.#networks.get(network) ?? 0) + 1);
    if (!this.#accountsByIp.has(login.ip)) this.#addAddress(login);
    const accounts = this.#accountsByIp.get(login.ip);
    if (login.user !== undefined && accounts !== undefined)
      if (accounts.size < MAX_ACCOUNTS_PER_ADDRESS) accounts.add(detachString(login.user));
  }

  #addAddress({ ip, at, user, isAccount, failures }: LoginRecord): void {
    if (failures >= MIN_GUESSES && this.#afterFailures.length < MAX_AFTER_FAILURES) {
      const account = user !== undefined && isAccount ? detachString(user) : undefined;
      this.#afterFailures.push({ ip: detachString(ip), failures, account, at });
    }
    if (this.#accountsByIp.size < MAX_LOGINS) this.#accountsByIp.set(detachString(ip), new Set());
  }

  summary(): Pick<JailTraffic, "successes" | "shared"> {
    const networks = [...this.#networks].sort((a, b) => b[1] - a[1]).map(([network]) => network);
    return {
      successes: {
        count: this.#count,
        outside: this.#outside,
        byPassword: this.#byPassword,
        networks: networks.slice(0, MAX_NETWORKS_NAMED),
        moreNetworks: networks.length > MAX_NETWORKS_NAMED,
        afterFailures: this.#afterFailures,
      },
      shared: [...this.#accountsByIp]
        .filter(([, accounts]) => accounts.size >= MIN_SHARED_ACCOUNTS)
        .map(([ip, accounts]) => ({ ip, accounts: accounts.size }))
        .sort((a, b) => b.accounts - a.accounts),
    };
  }
}

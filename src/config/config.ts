/** The whole configuration: frozen plain values, every setting resolved, nothing left to default later. */
import type { JailName } from "../domain/jail-name.ts";
import type { INCREMENT, JAIL, POLICY } from "./jail-settings.ts";
import type { DAEMON, FAIL2BAN, FILTERS, WEBHOOK } from "./schema.ts";
import type { ValuesOf } from "./setting.ts";

export type DaemonConfig = ValuesOf<typeof DAEMON>;
export type IncrementConfig = ValuesOf<typeof INCREMENT>;
export type PolicyConfig = ValuesOf<typeof POLICY> & { readonly increment: IncrementConfig };
export type JailConfig = Omit<ValuesOf<typeof JAIL>, "filter"> &
  PolicyConfig & { readonly name: JailName; readonly filter: string };

export type WebhookConfig = ValuesOf<typeof WEBHOOK>;

export interface Config {
  readonly daemon: DaemonConfig;
  readonly defaults: PolicyConfig;
  readonly filters: ValuesOf<typeof FILTERS>;
  readonly fail2ban: ValuesOf<typeof FAIL2BAN>;
  readonly notify: { readonly webhook: WebhookConfig };
  /** Sorted by name, disabled ones included. */
  readonly jails: readonly JailConfig[];
  /**
   * No jail is configured to run: the daemon turns one on for every filter it finds a log source for,
   * except those named here with `enabled = false`.
   */
  readonly autojails: boolean;
  /** What was read, in order; empty when the built-in defaults are all there is. */
  readonly files: readonly string[];
  /** Files that look like configuration, and that nothing reads. */
  readonly unread: readonly Oversight[];
}

/** `doubt` names the place; `fix` says what to do. */
export interface Oversight {
  readonly doubt: string;
  readonly fix: string;
}

/** The jails that are to run. */
export function enabledJails({ jails }: Pick<Config, "jails">): Config["jails"] {
  return jails.filter((jail) => jail.enabled);
}

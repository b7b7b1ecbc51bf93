import type { FirewallUse } from "./firewall-actions.ts";

/** An action of a jail as fail2ban would run it: its commands and what they may refer to. */
export interface Fail2banAction {
  /** The file in action.d, without its ending; a Python action keeps ".py". */
  readonly file: string;
  /** Unique in its jail. */
  readonly name: string;
  readonly commands: ReadonlyMap<string, string>;
  readonly properties: ReadonlyMap<string, string>;
  readonly firewall: FirewallUse;
}

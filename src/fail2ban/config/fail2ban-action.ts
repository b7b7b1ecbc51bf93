import type { FirewallUse } from "./firewall-actions.ts";

/** An action of a jail as fail2ban would run it: its commands, and properties they may refer to. */
export interface Fail2banAction {
  /** Name of its file in action.d, without extension except ".py" of a Python action. */
  readonly file: string;
  /** Name, unique in its jail. */
  readonly name: string;
  readonly commands: ReadonlyMap<string, string>;
  readonly properties: ReadonlyMap<string, string>;
  readonly firewall: FirewallUse;
}

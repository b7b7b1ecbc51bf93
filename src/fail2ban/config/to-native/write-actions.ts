/**
 * Writes the enforcer and the actions of a jail. An enforcer replaces actions that only close ports; other actions run
 * as written.
 */
import type { ReplacingEnforcer } from "../firewall-actions.ts";
import type { Fail2banAction } from "../fail2ban-action.ts";
import { tomlString } from "../toml-text.ts";
import { writeAction } from "../write-actions.ts";
import type { Draft } from "./draft.ts";

/** Writes the enforcer; returns the actions that run as commands. */
export function writeEnforcer(
  draft: Draft,
  isPort: (port: string) => boolean,
): readonly Fail2banAction[] {
  const { jail, lines, note } = draft;
  const closed: (readonly string[] | "all")[] = [];
  const enforcers = new Set<ReplacingEnforcer>();
  const others = jail.actions.filter(({ file, firewall }) => {
    if (firewall.kind === "as written") return true;
    for (const text of firewall.notes) note("changed", `action ${file}: ${text}`);
    closed.push(firewall.ports);
    enforcers.add(firewall.enforcer);
    return false;
  });
  if (closed.length === 0) {
    lines.push('enforcer = "memory"');
    note(
      "changed",
      jail.actions.length === 0
        ? 'it has no action, so nothing enforces its bans; set enforcer = "auto" to enforce them'
        : "no enforcer replaces an action of it: only the jail's own actions enforce bans",
    );
    return others;
  }
  lines.push(`enforcer = ${nameEnforcers(enforcers)}`);
  const ports = portsOf(draft, closed, isPort);
  lines.push(
    ports === "all"
      ? 'ports = "all"'
      : `ports = [${ports.map((port) => tomlString(port)).join(", ")}]`,
  );
  return others;
}

/** Returns the value of the option `enforcer`. Whatever "auto" is, iptables drops the same packets, and more. */
function nameEnforcers(enforcers: ReadonlySet<ReplacingEnforcer>): string {
  const names = [...enforcers].filter((name) => name !== "auto" || !enforcers.has("iptables"));
  const texts = names.map(tomlString);
  return texts.length === 1 ? texts.join("") : `[${texts.join(", ")}]`;
}

/** Returns the ports to close. Without any valid port all are closed, so that bans have an effect. */
function portsOf(
  { doubt }: Draft,
  closed: readonly (readonly string[] | "all")[],
  isPort: (port: string) => boolean,
): readonly string[] | "all" {
  const named = closed.flatMap((ports) => (ports === "all" ? [] : ports));
  const known = named.filter(isPort);
  const all = closed.includes("all") || known.length === 0;
  const unknown = named.filter((port) => !isPort(port)).map((port) => port.replace(/\/.*/, ""));
  for (const port of new Set(unknown)) {
    const hint = all ? "a ban closes every port" : "a ban closes the other ports";
    doubt("ports", port, "a port number, or a name from /etc/services", hint);
  }
  return all ? "all" : known;
}

/** Writes the actions that run as commands. `hasPython`: whether Python is installed, for Python actions. */
export function writeActions(
  { jail, directory, lines, note, wrong }: Draft,
  others: readonly Fail2banAction[],
  hasPython: boolean,
): void {
  const names = new Set<string>();
  for (const action of others) {
    const { name, file } = action;
    if (names.has(name))
      wrong("action", `two actions named ${name}`, "different names: set actname=… in one of them");
    names.add(name);
    if (file.endsWith(".py") && !hasPython)
      note("left", `action ${name} (action.d/${file}): it needs python3, which is not installed`);
    const written = writeAction(jail.name, action, directory);
    if (written === undefined) {
      note("left", `action ${name} (action.d/${file}): it has no command`);
      continue;
    }
    for (const text of written.notes) note("changed", `action ${name}: ${text}`);
    lines.push("", written.text.trimEnd());
  }
}

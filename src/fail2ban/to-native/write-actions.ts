/** What a jail does on a ban: our own firewall where its actions only close ports, and the others as they are written. */
import type { ForeignAction } from "../foreign-action.ts";
import { tomlString } from "../toml-text.ts";
import { writeAction } from "../write-actions.ts";
import type { Draft } from "./draft.ts";

/** Those that remain run as commands. */
export function writeEnforcer({ jail, lines, note }: Draft): readonly ForeignAction[] {
  const ports: string[] = [];
  let closes: "nothing" | "ports" | "all" = "nothing";
  const others = jail.actions.filter((action) => {
    const { firewall } = action;
    if (firewall.kind === "as written") return true;
    for (const text of firewall.notes) note("changed", `action ${action.file}: ${text}`);
    if (firewall.ports === "all") closes = "all";
    else if (closes === "nothing") closes = "ports";
    if (firewall.ports !== "all") ports.push(...firewall.ports);
    return false;
  });
  if ((closes as string) === "nothing") {
    lines.push('enforcer = "memory"');
    note("changed", "no action uses bailiff's firewall: bans are up to the actions that run");
  } else {
    lines.push('enforcer = "nftables"');
    lines.push(
      (closes as string) === "all"
        ? 'ports = "all"'
        : `ports = [${ports.map((port) => tomlString(port)).join(", ")}]`,
    );
  }
  return others;
}

/** `hasPython`: whether there is one to run actions of that kind. */
export function writeActions(
  { jail, directory, lines, note, wrong }: Draft,
  others: readonly ForeignAction[],
  hasPython: boolean,
): void {
  const names = new Set<string>();
  for (const action of others) {
    const { name, file } = action;
    if (names.has(name)) wrong("action", `two actions ${name}`, "actname=… for one of them");
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

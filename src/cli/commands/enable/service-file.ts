/** Formats the file of conf.d that enables or disables one service. */
import { join } from "node:path";

/** Returns the path of the file. `directory`: conf.d. */
export function servicePath(directory: string, service: string): string {
  return join(directory, `service-${service}.toml`);
}

export interface ServiceSettings {
  readonly abuse: boolean;
  readonly unverified: boolean;
  /** Whether to keep the built-in jails of services that no file configures. */
  readonly keepBuiltIn: boolean;
}

export function enablingText(service: string, settings: ServiceSettings): string {
  const { abuse, unverified, keepBuiltIn } = settings;
  const lines = [
    `# Written by "bailiff enable ${service}"; undo: bailiff disable ${service}`,
    // Must precede the tables: after a table header, a dotted key would belong to that table.
    ...(keepBuiltIn ? ['filters.automatic = "always"', ""] : []),
    `[jails.${tomlKey(service)}]`,
    "enabled = true",
    ...(abuse ? ['mode = "abuse"'] : []),
    ...(unverified ? ["unverified = true"] : []),
  ];
  return `${lines.join("\n")}\n`;
}

export function disablingText(service: string): string {
  return `# Written by "bailiff disable ${service}"; undo: bailiff enable ${service}
[jails.${tomlKey(service)}]
enabled = false
`;
}

/** Returns the lines of such a file that neither command wrote. */
export function linesByHand(service: string, text: string): readonly string[] {
  const all = { abuse: true, unverified: true, keepBuiltIn: true };
  const written = new Set(`${enablingText(service, all)}${disablingText(service)}`.split("\n"));
  return text.split("\n").filter((line) => line.trim() !== "" && !written.has(line));
}

/** Quotes a name if necessary: a dot would separate keys. */
function tomlKey(name: string): string {
  return /^[\w-]+$/.test(name) ? name : JSON.stringify(name);
}

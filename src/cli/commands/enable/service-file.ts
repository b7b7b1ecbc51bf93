/** The file of conf.d that enables or disables one service. */
import { join } from "node:path";

/** The folder of conf.d files, and the name of the service. */
export function servicePath(directory: string, service: string): string {
  return join(directory, `service-${service}.toml`);
}

export interface ServiceSettings {
  readonly abuse: boolean;
  readonly unverified: boolean;
  /** Services that no file configures keep their built-in jails. */
  readonly keepBuiltIn: boolean;
}

export function enablingText(service: string, settings: ServiceSettings): string {
  const { abuse, unverified, keepBuiltIn } = settings;
  const lines = [
    `# Written by "bailiff enable ${service}"; undo: bailiff disable ${service}`,
    // Before the tables: a dotted key after one would belong to it.
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

/** A jail's name may have a dot, which divides bare keys. */
function tomlKey(name: string): string {
  return /^[\w-]+$/.test(name) ? name : JSON.stringify(name);
}

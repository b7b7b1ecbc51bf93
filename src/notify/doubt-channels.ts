/** Warns of channels that lack something on this host: a file with a secret or certificates, a program. */
import type { ChannelConfig } from "../config/channels/channel-kinds.ts";
import type { Config } from "../config/config.ts";
import { locateKey } from "../config/locate-key.ts";
import { formatPlace } from "../domain/problem.ts";
import { findProgram } from "../host/process/find-program.ts";
import { readAuthorities, readChannelSecret } from "./channel-files.ts";

export interface ChannelDoubt {
  readonly jail: null;
  /** What is wrong, after the place of the key. */
  readonly doubt: string;
  readonly fix: string;
}

/** Reads files with the functions that read them for a message. */
export async function doubtChannels({
  notify,
  files,
}: Pick<Config, "notify" | "files">): Promise<readonly ChannelDoubt[]> {
  const doubts: ChannelDoubt[] = [];
  for (const channel of notify)
    for (const { key, reason, fix } of await findFaults(channel)) {
      const table = ["notify", channel.name];
      const place = (await locateKey(files, [...table, key])) ?? (await locateKey(files, table));
      const at = place === undefined ? "" : `${formatPlace(place)}: `;
      doubts.push({ jail: null, doubt: `${at}channel ${channel.name}: ${reason}`, fix });
    }
  return doubts;
}

interface Fault {
  readonly key: string;
  readonly reason: string;
  readonly fix: string;
}

async function findFaults(channel: ChannelConfig): Promise<readonly Fault[]> {
  return [...(await findSecretFault(channel)), ...(await findFileFaults(channel))];
}

/** What the file of each key contains. */
const SECRETS = {
  url_file: "the address, such as https://hooks.example.org/…,",
  token_file: "the token",
  password_file: "the password",
} as const;

async function findSecretFault(channel: ChannelConfig): Promise<readonly Fault[]> {
  const values = new Map<string, unknown>(Object.entries(channel.settings));
  const key = (["url_file", "token_file", "password_file"] as const).find(
    (one) => values.get(one) !== undefined,
  );
  if (key === undefined) return [];
  const read = await readChannelSecret(channel);
  if (read.ok) return [];
  const isCredential = String(values.get(key)).startsWith("/run/credentials/");
  const fix = isCredential
    ? `the unit of the daemon gives it with LoadCredential=NAME:FILE (systemctl edit bailiff); it exists only while the unit runs; or correct "${key}"`
    : `write ${SECRETS[key]} there on one line, in a file that only the daemon's user can read (chmod 600); or correct "${key}"`;
  return [{ key, reason: read.error, fix }];
}

async function findFileFaults({ kind, settings }: ChannelConfig): Promise<readonly Fault[]> {
  if (kind === "sendmail") return findProgramFault("program", settings.program);
  if (kind === "command") return findProgramFault("run", settings.run[0] ?? "");
  if (kind !== "smtp") return [];
  const read = await readAuthorities(settings.ca_file);
  const fix = 'write the certificate authority there as PEM, or correct "ca_file"';
  return read.ok ? [] : [{ key: "ca_file", reason: read.error, fix }];
}

function findProgramFault(key: string, program: string): readonly Fault[] {
  if (findProgram(program) !== undefined) return [];
  const reason = `the program of "${key}", ${program}, was not found or is not executable`;
  return [{ key, reason, fix: `install it, or correct "${key}"` }];
}

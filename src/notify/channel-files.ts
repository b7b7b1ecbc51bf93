/** Reads the files that a channel names, again for each message. Errors contain no secret. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { ChannelConfig } from "../config/channels/channel-kinds.ts";
import { parseHttpUrl } from "../domain/http-url.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { reasonOf, systemReason } from "../host/explain-system-error.ts";
import { readPassword, readSecret } from "../host/read-secret.ts";

const MAX_BYTES = 1024 * 1024;

/** Returns the address, token or password of a channel; empty: it has none. */
export async function readChannelSecret({
  settings,
}: ChannelConfig): Promise<Result<string, string>> {
  if ("url" in settings) {
    const { url, url_file: file } = settings;
    if (file !== undefined) return readAddress(file);
    return url === undefined ? fail("it has no address") : ok(url);
  }
  if ("password_file" in settings)
    return settings.password_file === undefined ? ok("") : readPassword(settings.password_file);
  const file = "token_file" in settings ? settings.token_file : undefined;
  return file === undefined ? ok("") : readSecret(file);
}

/** Returns the certificate authorities of a mail server as PEM; undefined: those of the system. */
export async function readAuthorities(
  file: string | undefined,
): Promise<Result<string | undefined, string>> {
  if (file === undefined) return ok(undefined);
  const text = await readText(file);
  if (!text.ok || text.value.includes("-----BEGIN CERTIFICATE-----")) return text;
  return fail(`${file} contains no certificate in PEM form`);
}

async function readAddress(file: string): Promise<Result<string, string>> {
  const text = await readText(file);
  if (!text.ok) return text;
  const url = parseHttpUrl(text.value);
  return url === undefined ? fail(`${file} does not contain an http or https address`) : ok(url);
}

async function readText(path: string): Promise<Result<string, string>> {
  try {
    // Do not block: opening a pipe would wait for its writer.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) return fail(`${path} is not a regular file`);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
    return ok(buffer.toString("utf8", 0, bytesRead));
  } catch (error) {
    return fail(`${path} cannot be read: ${systemReason(error) ?? reasonOf(error)}`);
  }
}

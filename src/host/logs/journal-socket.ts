/**
 * Sends entries with custom fields to the systemd journal by its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL):
 * one datagram per entry. Never waits; when the journal rejects an entry, the caller writes it elsewhere.
 */
import { existsSync } from "node:fs";
import { fail, ok, type Result } from "../../domain/result.ts";
import { openDatagramSender } from "../kernel/unix-datagram.ts";

/** Names consist of capital letters, digits and underscores, and begin with a letter. */
export type JournalFields = readonly (readonly [name: string, value: string])[];

export interface JournalSocket {
  send(fields: JournalFields): Result<undefined, string>;
}

const SOCKET = "/run/systemd/journal/socket";

export async function openJournalSocket(
  path: string = SOCKET,
): Promise<Result<JournalSocket, string>> {
  if (!existsSync(path)) return fail(`${path} does not exist`);
  const sender = await openDatagramSender(path);
  if (!sender.ok) return sender;
  return ok({ send: (fields) => sender.value.send(encode(fields)) });
}

/** Encodes fields. A value with a newline is sent with its length instead of "=". */
function encode(fields: JournalFields): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => {
      if (!value.includes("\n")) return [Buffer.from(`${name}=${value}\n`)];
      const bytes = Buffer.from(value);
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(bytes.length));
      return [Buffer.from(`${name}\n`), length, bytes, Buffer.from("\n")];
    }),
  );
}

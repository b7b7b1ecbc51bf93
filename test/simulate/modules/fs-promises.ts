/** Replaces node:fs/promises for the daemon: reading the configuration takes no virtual time and no thread. */
import * as real from "node:fs";

interface OpenFile extends AsyncDisposable {
  stat(): Promise<real.Stats>;
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
}

export async function open(path: string, flags: number): Promise<OpenFile> {
  const descriptor = real.openSync(path, flags);
  return {
    stat: async () => real.fstatSync(descriptor),
    read: async (buffer, offset, length, position) => ({
      bytesRead: real.readSync(descriptor, buffer, offset, length, position),
    }),
    [Symbol.asyncDispose]: async () => real.closeSync(descriptor),
  };
}

export async function readdir(path: string): Promise<readonly string[]> {
  return real.readdirSync(path);
}

export async function stat(path: string): Promise<real.Stats> {
  return real.statSync(path);
}

export async function readFile(path: string, encoding: "utf8"): Promise<string> {
  return real.readFileSync(path, encoding);
}

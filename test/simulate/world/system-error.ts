/** Creates errors as node:fs throws them. */
import { constants } from "node:os";

export type ErrorCode = Extract<keyof typeof constants.errno, string>;

export function systemError(code: ErrorCode, syscall: string, path: string): Error {
  const message = `${code}: simulated, ${syscall} '${path}'`;
  return Object.assign(new Error(message), { code, errno: -constants.errno[code], syscall, path });
}

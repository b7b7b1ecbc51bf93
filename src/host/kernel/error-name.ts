/** Names an error of a system call, such as "EPERM". */
import { getSystemErrorName } from "node:util";

/** Returns the name. `code` is errno, which is 0 when a call failed without setting it. */
export function errorName(code: number): string {
  return code > 0 ? getSystemErrorName(-code) : `errno ${code}`;
}

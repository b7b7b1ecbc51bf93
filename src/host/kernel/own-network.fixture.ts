/**
 * Moves this process, and every child it starts later, into an empty network namespace (unshare(2)) that ends with it.
 * Tries firewalls and addresses without touching those of the machine. Needs CAP_SYS_ADMIN.
 */
import { fail, ok, type Result } from "../../domain/result.ts";
import { openNativeLibrary } from "./native-library.ts";

/** Flag of a new network namespace (linux/sched.h). */
const CLONE_NEWNET = 0x40000000;

export async function enterOwnNetwork(): Promise<Result<undefined, string>> {
  const libc = await openNativeLibrary("libc.so.6", (bind) => ({
    unshare: bind("int unshare(int flags)"),
  }));
  if (!libc.ok) return libc;
  if (libc.value.calls.unshare(CLONE_NEWNET) === 0) return ok(undefined);
  return fail(`cannot create a network namespace: errno ${libc.value.errno()}`);
}

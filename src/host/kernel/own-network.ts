/**
 * Moves this process, and every child it starts from now on, into an empty network namespace (unshare(2)) that ends
 * with it: for whatever must try firewalls and addresses without touching the machine's own. Needs CAP_SYS_ADMIN.
 */
import { fail, ok, type Result } from "../../domain/result.ts";
import { openNativeLibrary } from "./native-library.ts";

/** linux/sched.h */
const CLONE_NEWNET = 0x40000000;

export async function enterOwnNetwork(): Promise<Result<undefined, string>> {
  const libc = await openNativeLibrary("libc.so.6", (bind) => ({
    unshare: bind("int unshare(int flags)"),
  }));
  if (!libc.ok) return libc;
  if (libc.value.calls.unshare(CLONE_NEWNET) === 0) return ok(undefined);
  return fail(`no network namespace of its own: errno ${libc.value.errno()}`);
}

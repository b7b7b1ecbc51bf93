/**
 * Calls C libraries of the system. koffi is an optional package: when it is missing, or has no build for this
 * processor, callers fall back to a child process.
 */
import { messageOf } from "../../domain/thrown-error.ts";
import { fail, ok, type Result } from "../../domain/result.ts";

export type NativeFunction = (...parameters: unknown[]) => unknown;

/** Binds a function by its C declaration. Throws when the library does not have it. */
export type Bind = (declaration: string) => NativeFunction;

export interface NativeLibrary<Calls> {
  readonly calls: Calls;
  /** Returns the C errno of the last call. */
  errno(): number;
}

/**
 * Opens a library. `file` is the name of a shared object, such as "libc.so.6". Fails when the library, or a function
 * that `bindAll` binds, is missing.
 */
export async function openNativeLibrary<Calls>(
  file: string,
  bindAll: (bind: Bind) => Calls,
): Promise<Result<NativeLibrary<Calls>, string>> {
  try {
    const koffi = await import("koffi");
    const library = koffi.load(file);
    const calls = bindAll((declaration) => library.func(declaration));
    return ok({ calls, errno: () => koffi.errno() });
  } catch (cause) {
    const reason = messageOf(cause);
    return fail(`cannot use ${file} in process: ${reason}`);
  }
}

/** Reads the allow-list of a jail from the running daemon. */
import { parseSubject } from "../../../domain/cidr.ts";
import { CodedError } from "../../../domain/errors.ts";
import type { TuneOptions } from "../../../pipeline/tune.ts";
import { ask } from "../../ask.ts";
import type { CommandContext } from "../../context.ts";

/** Returns nothing if no daemon answers, or it does not run this jail: then only `ignoreip` is exempt. */
export async function readExempt(
  context: CommandContext,
  jail: string,
): Promise<TuneOptions["exempt"]> {
  try {
    const allowed = await ask(context, "allowed", { jail });
    return allowed.flatMap(({ subject: text, because }) => {
      const subject = parseSubject(text);
      return subject === undefined ? [] : [{ subject, because }];
    });
  } catch (error) {
    if (error instanceof CodedError) return [];
    throw error;
  }
}

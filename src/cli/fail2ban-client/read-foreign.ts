import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ForeignDirectory, readDirectory } from "../../fail2ban/read-directory.ts";
import { fail2banVersion } from "../../fail2ban/release.ts";
import type { ClientOptions } from "./options.ts";
import { complain } from "./output.ts";

/** The directory named with -c; undefined, and said so, when there is none. */
export function readForeign({ conf }: Pick<ClientOptions, "conf">): ForeignDirectory | undefined {
  if (existsSync(join(conf, "jail.conf")) || existsSync(join(conf, "jail.local")))
    return readDirectory({ directory: conf, version: fail2banVersion() });
  complain(`Failed during configuration: ${conf} holds no jail.conf`);
  return undefined;
}

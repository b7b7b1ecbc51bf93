/** Names the modules that a running daemon may import. */
import { join } from "node:path";
import type { ModuleFolder } from "../../host/process/list-modules.ts";

export const DAEMON_MODULES: ModuleFolder = {
  folder: join(import.meta.dirname, "../.."),
  // Those with -once are separate programs.
  except: ["cli/", "demo/", "web/", "host/http/post-once.ts", "host/mail/send-mail-once.ts"],
};

/** Names the modules that a running daemon may import. */
import { join } from "node:path";
import type { ModuleFolder } from "../../host/process/list-modules.ts";

export const DAEMON_MODULES: ModuleFolder = {
  folder: join(import.meta.dirname, "../.."),
  // The last one is a separate program.
  except: ["cli/", "demo/", "host/http/post-once.ts"],
};

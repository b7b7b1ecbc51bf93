/** What routes behind the login know of a request. */
import type { HttpBindings } from "@hono/node-server";
import type { Session } from "../login/sessions.ts";

export interface SessionEnv {
  Bindings: HttpBindings;
  Variables: { session: Session };
}

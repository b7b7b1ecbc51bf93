/** Notes which modules the program imports, from the call of `noteImports` until `stop`. */
import { registerHooks } from "node:module";

export interface NotedImports {
  /** Ends it, and returns the URLs of the modules. */
  stop(): ReadonlySet<string>;
}

export function noteImports(): NotedImports {
  const urls = new Set<string>();
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      urls.add(resolved.url);
      return resolved;
    },
  });
  return {
    stop: () => {
      hooks.deregister();
      return urls;
    },
  };
}

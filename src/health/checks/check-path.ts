/**
 * Verifies that traffic to the protected program passes bailiff's firewall chain. The code that reads the host is
 * loaded by the first look, so that it does not delay the start.
 */
import type { JailName } from "../../domain/jail-name.ts";
import type { Proof } from "../../domain/proof.ts";
import { jailScope } from "../evidence-scope.ts";
import type { JailCheck } from "../jail-check.ts";
import type { PathLook, PathLookOptions } from "./look-at-path.ts";

const UNSEEN: readonly Proof[] = [{ kind: "unproven", link: "path", evidence: "not checked yet" }];

export function createPathCheck(options: PathLookOptions): JailCheck {
  let look: PathLook | undefined;
  let known: ReadonlyMap<JailName, readonly Proof[]> = new Map();
  /** The filter, source and ports for which each proof was made. */
  let scopes: ReadonlyMap<JailName, string> = new Map();
  return {
    name: "path",
    async look(jails, now, depth) {
      if (look === undefined) {
        const { createPathLook } = await import("./look-at-path.ts");
        look = createPathLook(options);
      }
      const looked = new Map(jails.map(({ live }) => [live.jail.name, jailScope(live)]));
      known = await look(jails, now, depth);
      scopes = looked;
    },
    proofs({ live }) {
      const { name } = live.jail;
      return scopes.get(name) === jailScope(live) ? (known.get(name) ?? UNSEEN) : UNSEEN;
    },
  };
}

/** The source link: the reader reads. What it reads may still be the wrong place; that is another link. */
import type { Proof } from "../domain/proof.ts";
import { describeSearch } from "./describe-search.ts";
import type { JailCheck } from "./jail-check.ts";

export function createSourceCheck(): JailCheck {
  return {
    name: "source",
    proofs({ live, source }, now): readonly Proof[] {
      if (source === undefined) {
        const evidence = describeSearch(live.search);
        const fix = `name its log: [jails.${live.jail.name}] source = { file = ["/path/to/log"] }`;
        return [{ kind: "found", link: "source", cause: "no-log", evidence, at: now, fix }];
      }
      if (source.state === "reading") {
        const evidence = `reads ${source.kind} ${source.where}: ${source.lines} lines`;
        return [{ kind: "proven", link: "source", evidence, at: now }];
      }
      const evidence = source.reason ?? `its source is ${source.state}`;
      const fix = `mend what the reason says; reading goes on by itself: ${source.where}`;
      return [{ kind: "found", link: "source", cause: "source-failed", evidence, at: now, fix }];
    },
  };
}

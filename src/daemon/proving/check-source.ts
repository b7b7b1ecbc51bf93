/** The source link: the reader reads. What it reads may still be the wrong place; that is another link. */
import type { Instant } from "../../domain/instant.ts";
import type { SourceStatus } from "../../domain/line-source.ts";
import type { Proof } from "../../domain/proof.ts";
import { type DeniedPath, findDenied } from "../../probe/denied-path.ts";
import { journalActivity } from "../../source/journal-activity.ts";
import { describeSearch } from "../describe-search.ts";
import type { LiveJail } from "../live-jail.ts";
import type { JailCheck, WatchedJail } from "../jail-check.ts";

export function createSourceCheck(): JailCheck {
  /** By directory of the journal: what of it may not be read. */
  const closed = new Map<string, string | undefined>();

  /** journalctl does not fail when it may read only one's own entries: it shows none of the others. */
  function refusalOf({ live, source }: WatchedJail): DeniedPath | undefined {
    const directory = journalOf(live);
    const journal = directory === undefined ? undefined : closed.get(directory);
    const path = source?.denied?.[0] ?? journal;
    return path === undefined ? undefined : findDenied(path);
  }

  return {
    name: "source",
    async look(jails) {
      closed.clear();
      const directories = new Set(jails.flatMap(({ live }) => journalOf(live) ?? []));
      for (const directory of directories)
        closed.set(directory, journalActivity(directory || undefined).denied);
    },
    proofs(jail, now): readonly Proof[] {
      const { live, source } = jail;
      if (source === undefined) {
        const evidence = describeSearch(live.search);
        const fix = `name its log: [jails.${live.jail.name}] source = { file = ["/path/to/log"] }`;
        return [{ kind: "found", link: "source", cause: "no-log", evidence, at: now, fix }];
      }
      const denied = refusalOf(jail);
      if (denied !== undefined) return [permissionLost(denied, source, now)];
      if (source.state === "reading") {
        const evidence = `reads ${source.kind} ${source.where}: ${source.lines} lines`;
        return [{ kind: "proven", link: "source", evidence, at: now }];
      }
      const evidence = source.reason ?? `its source is ${source.state}`;
      const fix = fixOf(source, live.jail.name);
      return [{ kind: "found", link: "source", cause: "source-failed", evidence, at: now, fix }];
    },
  };
}

/** "" is the system's; undefined: it reads no journal. */
function journalOf({ search }: LiveJail): string | undefined {
  const { source } = search;
  return source?.kind === "journal" ? (source.directory ?? "") : undefined;
}

function permissionLost(denied: DeniedPath, source: SourceStatus, at: Instant): Proof {
  const { path, kind, mode, owner, group, user, groupMay } = denied;
  const verb = kind === "file" ? "read" : "enter";
  const evidence = `user ${user} may not ${verb} ${path} (mode ${mode}, owner ${owner}, group ${group})`;
  // A group of its own or of root is no group to put others into.
  const shared = group !== "root" && group !== owner;
  const into = shared ? group : "adm";
  const open = `${shared ? "" : `chgrp adm ${path} && `}chmod g+${kind === "file" ? "r" : "x"} ${path}`;
  const change = `${groupMay && shared ? "" : `${open} && `}usermod -aG ${into} ${user}`;
  const journal = source.kind === "journal" ? `usermod -aG systemd-journal ${user}` : change;
  const fix = `${journal} && systemctl restart bailiff`;
  return { kind: "found", link: "source", cause: "permission-lost", evidence, at, fix };
}

function fixOf(source: SourceStatus, jail: string): string {
  switch (source.kind) {
    case "file":
      return `let ${source.where} be written, or name another: [jails.${jail}] source = { file = ["/path/to/log"] }`;
    case "journal":
      return "systemctl status systemd-journald shows the journal; reading goes on by itself";
    case "command":
      return "mend the command; it is started again by itself";
    case "stdin":
      return "start bailiff again with something on its standard input";
  }
}

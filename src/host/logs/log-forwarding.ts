/**
 * Checks whether logs are sent off this host, and whether the journal survives a reboot. Reads the settings of rsyslog
 * and journald, and looks for programs that ship logs. Other programs are not examined.
 */
import { codeOf } from "../../domain/thrown-error.ts";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Known, LogKeepingFacts } from "../../domain/host-facts.ts";
import { seesOtherFolder } from "../process/mount-view.ts";
import { findRunningPrograms } from "../process/running-programs.ts";
import { listNames } from "../read-or-empty.ts";

/** Programs whose purpose is to send logs to other hosts. */
const SHIPPERS = [
  "systemd-journal-upload",
  "filebeat",
  "journalbeat",
  "fluent-bit",
  "fluentd",
  "td-agent",
  "vector",
  "promtail",
  "alloy",
  "splunkd",
  "otelcol",
  "nxlog",
  "datadog-agent",
  "amazon-cloudwatch-agent",
  "google_cloud_ops_agent_engine",
  "elastic-agent",
  "wazuh-logcollector",
  "ossec-logcollector",
];
/** Programs that may forward logs, but whose settings are not parsed. */
const UNPARSED_DAEMONS = ["syslog-ng", "metalog"];

/** Reads the settings. `root` is the folder of the host's files. Running programs are always those of this host. */
export function readLogForwarding(root = "/"): LogKeepingFacts {
  const all = findRunningPrograms([...SHIPPERS, ...UNPARSED_DAEMONS, "rsyslogd"]);
  // A container has its own settings and logs, but a log shipper in one may read this host's logs.
  const [away, here] = [true, false].map((wanted) =>
    all
      .filter(({ pid }) => (seesOtherFolder(pid, "/etc") === true) === wanted)
      .map(({ program }) => program),
  );
  const isRunning = (name: string): boolean => here?.includes(name) === true;
  const isAway = (name: string): boolean => !isRunning(name) && away?.includes(name) === true;
  const rules = readRsyslog(root);
  const live = isRunning("rsyslogd") || root !== "/";
  return {
    forwards: [
      ...(live ? rules.forwards : []),
      ...SHIPPERS.filter(isRunning).map((name) => `${name} runs`),
    ],
    unclear: [
      ...SHIPPERS.filter(isAway).map(
        (name) => `${name} runs in a container; whether it reads this host's logs is unknown`,
      ),
      ...UNPARSED_DAEMONS.filter(isRunning).map(
        (name) => `${name} runs; its rules are not checked`,
      ),
      ...(live ? [] : rules.forwards.map((rule) => `${rule}, but rsyslogd is not running`)),
      ...rules.unreadable,
    ],
    rsyslog: isRunning("rsyslogd") ? "running" : rules.any ? "configured" : "absent",
    journal: readStorage(root),
  };
}

interface Rsyslog {
  readonly any: boolean;
  readonly forwards: readonly string[];
  readonly unreadable: readonly string[];
}

function readRsyslog(root: string): Rsyslog {
  const folder = join(root, "etc/rsyslog.d");
  const paths = [
    join(root, "etc/rsyslog.conf"),
    ...listNames(folder)
      .filter((name) => name.endsWith(".conf"))
      .map((name) => join(folder, name)),
  ];
  const unreadable: string[] = [];
  let any = false;
  const forwards = paths.flatMap((path) => {
    const text = read(path);
    if (text === undefined) return [];
    any = true;
    const shown = root === "/" ? path : path.slice(root.length);
    if (text === "closed") {
      unreadable.push(`no permission to read ${shown}`);
      return [];
    }
    return targetsIn(text).map((target) => `rsyslog to ${target} (${shown})`);
  });
  return { any, forwards, unreadable };
}

/** Finds targets in "*.* @@host:514" and "@host" (rsyslog.conf(5)), and in the actions omfwd and omrelp. */
function targetsIn(text: string): readonly string[] {
  const lines = text.replace(/^\s*#.*$/gm, "");
  const old = [...lines.matchAll(/^\s*[\w*.,;!=-]+\s+@{1,2}(?:\([^)]*\))?(\S+)/gm)];
  const modern = [...lines.matchAll(/action\s*\(([^)]*)\)/g)].flatMap(([, inside = ""]) => {
    if (!/type\s*=\s*"om(?:fwd|relp|kafka|elasticsearch|http)"/i.test(inside)) return [];
    return [/(?:target|server|serverurl|broker)\s*=\s*"([^"]+)"/i.exec(inside)?.[1] ?? "a host"];
  });
  return [...old.map(([, target = ""]) => target), ...modern];
}

/**
 * Reads the storage of journald.conf(5): the last setting wins, and "auto" stores to disk if /var/log/journal exists.
 */
function readStorage(root: string): Known<"persistent" | "volatile" | "none"> {
  if (!existsSync(join(root, "run/systemd/journal")))
    return { known: false, why: "journald is not running" };
  const folders = ["usr/lib", "run", "etc"].map((at) => join(root, at, "systemd/journald.conf.d"));
  const files = [
    join(root, "etc/systemd/journald.conf"),
    ...folders.flatMap((folder) => listNames(folder).map((name) => join(folder, name))),
  ];
  const said = files
    .map((path) => [...(read(path) ?? "").matchAll(/^\s*Storage\s*=\s*(\w+)/gim)].at(-1)?.[1])
    .findLast((value) => value !== undefined);
  if (said === "none" || said === "volatile" || said === "persistent")
    return { known: true, value: said };
  const kept = existsSync(join(root, "var/log/journal"));
  return { known: true, value: kept ? "persistent" : "volatile" };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = codeOf(error);
    return code === "EACCES" ? "closed" : undefined;
  }
}

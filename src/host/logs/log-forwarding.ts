/**
 * Whether logs leave this host, and whether the journal survives a reboot: rsyslog's and journald's own settings, and
 * programs that are known to ship logs. What another program does with what it reads is not looked into.
 */
import { codeOf } from "../../domain/thrown-error.ts";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Known, LogKeepingFacts } from "../../domain/host-facts.ts";
import { seesOtherFolder } from "../process/mount-view.ts";
import { findRunningPrograms } from "../process/running-programs.ts";

/** Programs whose purpose is to send logs elsewhere. */
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
/** May forward: their settings are not read. */
const UNREAD = ["syslog-ng", "metalog"];

/** `root` is where the host's files are; programs are looked for on this host in any case. */
export function readLogForwarding(root = "/"): LogKeepingFacts {
  const all = findRunningPrograms([...SHIPPERS, ...UNREAD, "rsyslogd"]);
  // A container has settings and logs of its own; one that ships logs may have been given this host's.
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
        (name) => `${name} runs in a container; whether it reads this host's logs is not known`,
      ),
      ...UNREAD.filter(isRunning).map((name) => `${name} runs; its rules are not read`),
      ...(live ? [] : rules.forwards.map((rule) => `${rule}, but rsyslogd does not run`)),
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
    ...namesIn(folder)
      .filter((name) => name.endsWith(".conf"))
      .sort()
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
      unreadable.push(`${shown} may not be read`);
      return [];
    }
    return targetsIn(text).map((target) => `rsyslog to ${target} (${shown})`);
  });
  return { any, forwards, unreadable };
}

/** "*.* @@host:514" and "@host" (rsyslog.conf(5)), and the actions omfwd and omrelp. */
function targetsIn(text: string): readonly string[] {
  const lines = text.replace(/^\s*#.*$/gm, "");
  const old = [...lines.matchAll(/^\s*[\w*.,;!=-]+\s+@{1,2}(?:\([^)]*\))?(\S+)/gm)];
  const modern = [...lines.matchAll(/action\s*\(([^)]*)\)/g)].flatMap(([, inside = ""]) => {
    if (!/type\s*=\s*"om(?:fwd|relp|kafka|elasticsearch|http)"/i.test(inside)) return [];
    return [/(?:target|server|serverurl|broker)\s*=\s*"([^"]+)"/i.exec(inside)?.[1] ?? "a host"];
  });
  return [...old.map(([, target = ""]) => target), ...modern];
}

/** journald.conf(5): the last setting wins; automatic keeps what /var/log/journal was made for. */
function readStorage(root: string): Known<"persistent" | "volatile" | "none"> {
  if (!existsSync(join(root, "run/systemd/journal")))
    return { known: false, why: "no journald runs here" };
  const folders = ["usr/lib", "run", "etc"].map((at) => join(root, at, "systemd/journald.conf.d"));
  const files = [
    join(root, "etc/systemd/journald.conf"),
    ...folders.flatMap((folder) =>
      namesIn(folder)
        .sort()
        .map((name) => join(folder, name)),
    ),
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

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // No such folder, no such settings.
    return [];
  }
}

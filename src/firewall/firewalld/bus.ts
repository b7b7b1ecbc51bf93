/**
 * Calls firewalld over D-Bus through systemd's `busctl`: 10 ms per call, where each start of `firewall-cmd` takes some
 * hundred. Never starts firewalld: a host whose administrator stopped it keeps it stopped.
 */
import { runProgram } from "../../host/process/run-program.ts";

const SERVICE = "org.fedoraproject.FirewallD1";
/** The object with the runtime configuration: what is in force. */
export const RUNTIME = "/org/fedoraproject/FirewallD1";
/** The object with the permanent configuration: what a reload brings into force. */
export const PERMANENT: `${typeof RUNTIME}/config` = `${RUNTIME}/config`;

/** A reload with thousands of bans takes some seconds, and on a busy machine many. */
const TIMEOUT_SECONDS = 120;

export interface BusCall {
  readonly object: string;
  /** Interface and method below firewalld's own: "reload", "ipset.addEntry", "config.direct.addRule". */
  readonly method: string;
  /** Types of the arguments, as in the D-Bus specification. */
  readonly signature?: string;
  /** Arguments in busctl's form: the number of items precedes each array. */
  readonly args?: readonly string[];
}

export interface Bus {
  /**
   * Returns the first value of the reply; undefined: the method returns none. Rejects with firewalld's error, such as
   * "ALREADY_ENABLED: ...", or with "firewalld is not running".
   */
  call(call: BusCall): Promise<unknown>;
  /** Returns a property of the object. Rejects like `call`. */
  property(object: typeof RUNTIME | typeof PERMANENT, name: string): Promise<unknown>;
  /** The command that prints firewalld's signals, one JSON object per line. */
  readonly monitor: readonly string[];
}

export function createBus(busctl: string): Bus {
  const options = [`--timeout=${TIMEOUT_SECONDS}`, "--auto-start=no", "--json=short", "--"];
  const run = async (...args: readonly string[]): Promise<unknown> => {
    const end = await runProgram({
      argv: [busctl, ...options, ...args],
      input: "",
      timeoutMilliseconds: (TIMEOUT_SECONDS + 10) * 1000,
    });
    if (!end.ok) throw new Error(explainBusError(end.error));
    return end.output.trim() === "" ? undefined : JSON.parse(end.output).data;
  };
  return {
    call: async ({ object, method, signature, args = [] }) => {
      const dot = method.lastIndexOf(".");
      const path = dot < 0 ? SERVICE : `${SERVICE}.${method.slice(0, dot)}`;
      const input = signature === undefined ? [] : [signature, ...args];
      const data = await run("call", SERVICE, object, path, method.slice(dot + 1), ...input);
      return Array.isArray(data) ? data[0] : undefined;
    },
    property: (object, name) => {
      const path = object === PERMANENT ? `${SERVICE}.config` : SERVICE;
      return run("get-property", SERVICE, object, path, name);
    },
    monitor: [
      ...[busctl, "--json=short"],
      `--match=type='signal',sender='${SERVICE}',path='${RUNTIME}'`,
      `--match=type='signal',sender='${SERVICE}',interface='${SERVICE}.config.ipset',member='Removed'`,
      `--match=type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${SERVICE}'`,
      "monitor",
    ],
  };
}

const MAX_ERROR_LENGTH = 300;
const ABSENT = /not provided by any|not activatable|does not exist|no such name|has no owner/i;

/** Shortens busctl's error to one line: "INVALID_IPSET: bailiff-v4-32-a". */
export function explainBusError(error: string): string {
  const text = error
    .trim()
    .replace(/\s+/g, " ")
    .replace(/^Call failed: /, "");
  // firewalld's errors begin with a code in capitals; these are of the bus.
  if (!/^[A-Z]+_/.test(text) && ABSENT.test(text)) return "firewalld is not running";
  return text.length > MAX_ERROR_LENGTH ? `${text.slice(0, MAX_ERROR_LENGTH)}…` : text;
}

/** Returns the strings of a reply of type "as". */
export function stringsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

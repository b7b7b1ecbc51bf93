/**
 * Lists every key of the configuration: kind, limits, default as written in a file, and meaning. A new key needs one
 * entry here, in jail-settings.ts or in action-settings.ts: type, validation and the reference pages follow from it. A key without `default`
 * is optional.
 */
import { ACTION, ACTION_KINDS, ACTION_TABLES, type ActionKind } from "./action-settings.ts";
import { DETECT, INCREMENT, JAIL, POLICY } from "./jail-settings.ts";
import { LIST } from "./list-settings.ts";
import type { Settings } from "./setting.ts";

export const DAEMON = {
  state: {
    is: "path",
    default: "/var/lib/bailiff",
    meaning: "Directory of the database: bans, positions in logs, history.",
  },
  socket: {
    is: "socket-path",
    default: "/run/bailiff/bailiff.sock",
    meaning: "Control socket that the commands talk to.",
  },
  socket_group: {
    is: "name",
    example: "adm",
    otherwise: "only the user that runs the daemon",
    meaning:
      "Group whose members may read through the control socket (status, bans, why, history, follow and so on). Changes stay with root, the daemon's own user and socket_operator.",
  },
  socket_operator: {
    needs: { keys: ["socket_group"] },
    is: "name",
    example: "bailiff-web",
    otherwise: "nobody else",
    meaning:
      "User in socket_group who may also ban, unban, exempt, acknowledge and verify, such as that of the dashboard. Reloading, stopping and reading of files stay with root and the daemon's own user.",
  },
  audit_keep: {
    is: "duration",
    min: 86_400_000,
    default: "365d",
    meaning:
      "How long bans, unbans and changes are kept in the database. Bans older than that no longer make the next one longer.",
  },
  log_format: {
    is: "choice",
    of: ["auto", "text", "journal", "json"],
    default: "auto",
    meaning:
      "Form of the daemon's own log: text for people, journal with priorities, JSON lines. auto: journal under systemd, else text.",
  },
} as const;

export const FILTERS = {
  directories: {
    is: "paths",
    default: ["/etc/bailiff/filters"],
    meaning:
      "Directories of your own filters, one TOML file each. Default: filters/ beside the main configuration file. They are added to the shipped ones; one of the same name replaces the shipped one, one that says extends adds its rules to it.",
  },
  automatic: {
    is: "choice",
    of: ["alone", "always", "never"],
    default: "alone",
    meaning:
      "When services found on this host get a jail for failed logins automatically. alone: while no other jail is enabled. always: beside other jails. never: only configured jails run.",
  },
} as const;

export const CONTAINERS = {
  discover: {
    is: "switch",
    default: false,
    meaning:
      "Whether a running container with the label bailiff.service=NAME (Podman: annotation) gets a jail NAME-container for failed logins. NAME is a service with verified rules; one that a jail is configured for gets no further jail.",
  },
  roots: {
    is: "paths",
    default: ["/var/lib/docker", "/var/lib/containers/storage"],
    meaning:
      "Root directories of root's container engines, in which containers and their logs are looked up: Docker's data-root, also with userns-remap, and Podman's graphroot.",
  },
  users: {
    is: "users",
    default: [],
    meaning:
      "Users whose rootless Docker and Podman are read as well, for jails that name a container: .local/share/docker and .local/share/containers/storage in their home directories. Such a user can write any line of these logs, and so have any address banned. Their labels start no jail.",
  },
} as const;

export const ADDRESSES = {
  files: {
    is: "paths",
    default: [],
    example: ["/var/lib/GeoIP/GeoLite2-Country.mmdb", "/var/lib/GeoIP/GeoLite2-ASN.mmdb"],
    meaning:
      "Local .mmdb files (MaxMind, DB-IP, IPinfo) in which bailiff stats and bailiff why find the country and the network operator of an address. They are read when somebody asks. Without them nothing is looked up; nothing leaves the host in any case.",
  },
} as const;

export const FAIL2BAN = {
  directory: {
    is: "path",
    example: "/etc/fail2ban",
    otherwise: "no fail2ban configuration is read",
    meaning:
      "fail2ban's configuration directory, such as /etc/fail2ban: its enabled jails run in bailiff as well; every reload reads it again.",
  },
  socket: {
    is: "socket-path",
    otherwise: "none is opened",
    meaning:
      "Second socket, for root alone, that speaks fail2ban's protocol: /run/fail2ban/fail2ban.sock is where fail2ban-client and monitoring look for it.",
  },
  log: {
    is: "path",
    example: "/var/log/fail2ban.log",
    otherwise: "none is written",
    meaning:
      "Log in fail2ban's own form, such as /var/log/fail2ban.log, for what reads that: its recidive jail, exporters, log shippers.",
  },
} as const;

/** A table of the file: its keys and the tables inside it. */
export interface TableShape {
  readonly keys: Settings;
  readonly tables: Readonly<Record<string, TableShape>>;
}

/** Tables in [defaults] and in [jails.NAME]. */
const POLICY_TABLES: TableShape["tables"] = {
  increment: { keys: INCREMENT, tables: {} },
  detect: { keys: DETECT, tables: {} },
};

/** Keys of [jails.NAME]: those of jails only, and all of [defaults]. */
export const JAIL_SHAPE: TableShape = {
  keys: { ...JAIL, ...POLICY },
  tables: POLICY_TABLES,
};

/** Keys of [actions.NAME] by its kind. */
export const ACTION_SHAPES: ReadonlyMap<ActionKind, TableShape> = new Map(
  ACTION_KINDS.map((kind) => [kind, { keys: { ...ACTION, ...ACTION_TABLES[kind] }, tables: {} }]),
);

/** Keys of a table [actions.NAME] that leaves its kind to another file. */
export const ANY_ACTION_SHAPE: TableShape = {
  keys: Object.assign({}, ACTION, ...Object.values(ACTION_TABLES)),
  tables: {},
};

/** Keys of [lists.NAME]. */
export const LIST_SHAPE: TableShape = { keys: LIST, tables: {} };

/** All tables except [jails], [actions], [lists], [enforcers] and [notify], whose keys are names chosen by the operator. */
export const ROOT_SHAPE: TableShape = {
  keys: {},
  tables: {
    daemon: { keys: DAEMON, tables: {} },
    defaults: { keys: POLICY, tables: POLICY_TABLES },
    filters: { keys: FILTERS, tables: {} },
    containers: { keys: CONTAINERS, tables: {} },
    addresses: { keys: ADDRESSES, tables: {} },
    fail2ban: { keys: FAIL2BAN, tables: {} },
  },
};

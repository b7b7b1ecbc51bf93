/**
 * Watches for events that may change how services are protected. These are starts of systemd units, by the link that
 * systemd makes for each (/run/systemd/units), and changes of the package database. Costs nothing while nothing
 * changes.
 */
import { type FSWatcher, watch } from "node:fs";

export interface ServiceWatch {
  /** Sets the systemd units whose starts matter, such as "ssh.service". */
  setUnits(units: ReadonlySet<string>): void;
  close(): void;
}

export interface ServiceFolders {
  readonly units: string;
  /** Package databases: maps each folder to the names of files in it that change. */
  readonly packages: ReadonlyMap<string, ReadonlySet<string>>;
}

const RPM: ReadonlySet<string> = new Set(["rpmdb.sqlite", "rpmdb.sqlite-wal", "Packages"]);
const FOLDERS: ServiceFolders = {
  units: "/run/systemd/units",
  packages: new Map([
    ["/var/lib/dpkg", new Set(["status"])],
    ["/var/lib/rpm", RPM],
    ["/usr/lib/sysimage/rpm", RPM],
  ]),
};
/** Prefix of the link that systemd makes for a running unit (unit_export_invocation_id in its unit.c). */
const INVOCATION = "invocation:";

/** Starts watching. Missing folders are not watched. `onChange` is called for each event, and must be cheap. */
export function watchServices(
  onChange: () => void,
  { units: unitFolder, packages }: ServiceFolders = FOLDERS,
): ServiceWatch {
  let units: ReadonlySet<string> = new Set();
  const watchers = [
    watchFolder(unitFolder, (name) => {
      if (name.startsWith(INVOCATION) && units.has(name.slice(INVOCATION.length))) onChange();
    }),
    ...[...packages].map(([folder, names]) =>
      watchFolder(folder, (name) => {
        if (names.has(name)) onChange();
      }),
    ),
  ];
  return {
    setUnits: (wanted) => {
      units = wanted;
    },
    close: () => {
      for (const watcher of watchers) watcher?.close();
    },
  };
}

function watchFolder(folder: string, onName: (name: string) => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_event, name) => {
      if (name !== null) onName(name);
    });
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    // This system has no such folder, or no watch is left. The checks every half minute detect the change.
    return undefined;
  }
}

/**
 * Identifies who made a change: a program, and its unit and parent as far as they could be read. Programs that change a
 * firewall often end within milliseconds, so everything but the name may be missing.
 */
export interface Author {
  readonly program: string;
  /** The kernel's process id; inside a container, the same process has another id. */
  readonly pid: number | undefined;
  /** The systemd unit it ran in: "nftables.service", "session-3.scope". */
  readonly unit: string | undefined;
  /** The program that started it; undefined if it is init or unknown. */
  readonly parent: { readonly program: string; readonly pid: number } | undefined;
}

/**
 * Formats with process ids: "nft (pid 812) of nftables.service", "nft (pid 812), started by reload-rules (pid 800)".
 */
export function formatAuthor({ program, pid, unit, parent }: Author): string {
  const number = pid === undefined ? "" : ` (pid ${pid})`;
  const of = unit === undefined ? "" : ` of ${unit}`;
  const by = parent === undefined ? "" : `, started by ${parent.program} (pid ${parent.pid})`;
  return `${program}${number}${of}${by}`;
}

/** Formats without process ids, so that a program has the same name in each run. */
export function nameAuthor({ program, unit, parent }: Author): string {
  const of = unit === undefined ? "" : ` of ${unit}`;
  const by = parent === undefined ? "" : ` started by ${parent.program}`;
  return `${program}${of}${by}`;
}

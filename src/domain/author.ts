/**
 * Identifies who made a change: a program, and its unit and parent as far as they could be read. Programs that change a
 * firewall often end within milliseconds, so everything but the name may be missing.
 */
export interface Author {
  readonly program: string;
  /** The kernel's process id, which differs from the id inside a container. */
  readonly pid: number | undefined;
  /** The systemd unit it ran in: "nftables.service", "session-3.scope". */
  readonly unit: string | undefined;
  /** The program that started it, unless that is the unit itself. */
  readonly parent: { readonly program: string; readonly pid: number } | undefined;
}

/** "nft (pid 812) of nftables.service", "nft (pid 812), started by reload-rules (pid 800)". */
export function formatAuthor({ program, pid, unit, parent }: Author): string {
  const number = pid === undefined ? "" : ` (pid ${pid})`;
  const of = unit === undefined ? "" : ` of ${unit}`;
  const by = parent === undefined ? "" : `, started by ${parent.program} (pid ${parent.pid})`;
  return `${program}${number}${of}${by}`;
}

/** Without process ids, so that the same program has the same name at another time. */
export function nameAuthor({ program, unit, parent }: Author): string {
  const of = unit === undefined ? "" : ` of ${unit}`;
  const by = parent === undefined ? "" : ` started by ${parent.program}`;
  return `${program}${of}${by}`;
}

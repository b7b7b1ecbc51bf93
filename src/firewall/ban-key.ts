import type { Subject } from "../domain/cidr.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { PortScope } from "../domain/port-scope.ts";

/** Identifies a block in an enforcer. */
export interface BlockKey {
  readonly subject: Subject;
  readonly scope: PortScope;
}

/** A ban that began, changed or ended. */
export interface BanKey extends BlockKey {
  readonly jail: JailName;
}

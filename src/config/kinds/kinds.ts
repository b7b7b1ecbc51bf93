/** Lists every kind of setting by its name in the schema. A new kind needs one line in each list. */
import { type ActionList, actionsKind, shellKind } from "./shell-action-setting.ts";
import { type ArgumentTemplate, argvKind } from "./argv-kind.ts";
import { blockArgvKind, commandKind } from "./block-argv-kind.ts";
import { chainListKind } from "./chain-list-kind.ts";
import { type DayTimes, dayTimesKind } from "./day-times-kind.ts";
import { eventListKind } from "./event-list-kind.ts";
import { domainKind, emailKind, recipientsKind, serverKind } from "./contact-kinds.ts";
import type { Duration } from "../../domain/duration.ts";
import type { PortScope } from "../../domain/port-scope.ts";
import { enforcerListKind } from "./enforcer-list-kind.ts";
import { type BanLength, banLengthKind, durationKind } from "./duration-kinds.ts";
import type { HttpUrl } from "../../domain/http-url.ts";
import { httpUrlKind } from "./http-url-kind.ts";
import { type IgnoreEntry, ignoreListKind } from "./ignore-entry.ts";
import type { Subject } from "../../domain/cidr.ts";
import type { Kind } from "./kind.ts";
import { nat64Kind } from "./nat64-kind.ts";
import { nftSetKind, nftTableKind } from "./nft-kinds.ts";
import { pathKind, pathsKind, socketPathKind } from "./path-kinds.ts";
import {
  choiceKind,
  integerKind,
  multipliersKind,
  nameKind,
  namesKind,
  switchKind,
  usersKind,
} from "./plain-kinds.ts";
import { portsKind } from "./ports-setting.ts";
import { type ProxyEntry, proxyListKind } from "./proxy-list-kind.ts";
import { type SourceSetting, sourceKind } from "./source-setting.ts";
import { pathListKind } from "./path-list-kind.ts";
import { userListKind } from "./user-list-kind.ts";
import { textKind, textsKind } from "./text-kinds.ts";

export interface KindValues {
  readonly name: string;
  readonly choice: string;
  readonly switch: boolean;
  readonly integer: number;
  readonly multipliers: readonly number[];
  readonly duration: Duration;
  readonly "ban-length": BanLength;
  readonly path: string;
  readonly "socket-path": string;
  readonly paths: readonly string[];
  readonly users: readonly string[];
  readonly "ignore-list": readonly IgnoreEntry[];
  readonly "nat64-list": readonly Subject[];
  readonly "proxy-list": readonly ProxyEntry[];
  readonly "enforcer-list": readonly string[];
  readonly "chain-list": readonly string[];
  readonly "nft-table": string;
  readonly "nft-set": string;
  readonly ports: PortScope;
  readonly source: SourceSetting;
  readonly actions: ActionList;
  readonly argv: ArgumentTemplate;
  readonly "block-argv": ArgumentTemplate;
  readonly command: readonly string[];
  readonly "user-list": readonly string[];
  readonly "path-list": readonly string[];
  readonly text: string;
  readonly texts: Readonly<Record<string, string>>;
  readonly shell: string;
  readonly "http-url": HttpUrl;
  readonly email: string;
  readonly recipients: readonly string[];
  readonly names: readonly string[];
  readonly "event-list": readonly string[];
  readonly "day-times": DayTimes;
  readonly domain: string;
  readonly server: string;
}

export const KINDS: { readonly [name in keyof KindValues]: Kind<KindValues[name]> } = {
  name: nameKind,
  choice: choiceKind,
  switch: switchKind,
  integer: integerKind,
  multipliers: multipliersKind,
  duration: durationKind,
  "ban-length": banLengthKind,
  path: pathKind,
  "socket-path": socketPathKind,
  paths: pathsKind,
  users: usersKind,
  "ignore-list": ignoreListKind,
  "nat64-list": nat64Kind,
  "proxy-list": proxyListKind,
  "enforcer-list": enforcerListKind,
  "chain-list": chainListKind,
  "nft-table": nftTableKind,
  "nft-set": nftSetKind,
  ports: portsKind,
  source: sourceKind,
  actions: actionsKind,
  argv: argvKind,
  "block-argv": blockArgvKind,
  command: commandKind,
  "user-list": userListKind,
  "path-list": pathListKind,
  text: textKind,
  texts: textsKind,
  shell: shellKind,
  "http-url": httpUrlKind,
  email: emailKind,
  recipients: recipientsKind,
  names: namesKind,
  "event-list": eventListKind,
  "day-times": dayTimesKind,
  domain: domainKind,
  server: serverKind,
};

/** The tables of the configuration in the order of the pages, each with what it is for. */
import {
  DAEMON,
  FILTERS,
  INCREMENT,
  JAIL,
  POLICY,
  type Settings,
  WEBHOOK,
} from "../../src/config/schema.ts";

export interface SchemaTable {
  readonly name: string;
  readonly about: string;
  readonly settings: Settings;
}

export const SCHEMA_TABLES: readonly SchemaTable[] = [
  { name: "daemon", about: "The daemon as a whole.", settings: DAEMON },
  {
    name: "defaults",
    about:
      "What holds for every jail that does not say otherwise. Each key may stand in `[jails.NAME]` as well.",
    settings: POLICY,
  },
  {
    name: "defaults.increment",
    about:
      "Longer bans for repeat offenders. Each key may stand in `[jails.NAME.increment]` as well.",
    settings: INCREMENT,
  },
  {
    name: "jails.NAME",
    about: "One jail. Besides these keys it takes every key of `[defaults]`.",
    settings: JAIL,
  },
  {
    name: "filters",
    about: "Where filters come from besides the shipped ones.",
    settings: FILTERS,
  },
  {
    name: "notify.webhook",
    about: "Who is told when a jail no longer protects, and of what else a human should know.",
    settings: WEBHOOK,
  },
];

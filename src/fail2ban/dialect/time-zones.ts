/**
 * Lists fail2ban's zone abbreviations, each with a fixed offset in minutes, positive in the east. Daylight saving time
 * is ignored.
 */
import { fail, ok, type Result } from "../../domain/result.ts";

/** Names by hours east of UTC. */
const BY_HOURS: readonly (readonly [number, string])[] = [
  [-12, "Y"],
  [-11, "X NUT SST"],
  [-10, "W CKT HAST HST TAHT TKT"],
  [-9, "V AKST GAMT GIT HADT HNY"],
  [-8, "U AKDT CIST HAY HNP PST PT"],
  [-7, "T HAP HNR MST PDT"],
  [-6, "S CST EAST GALT HAR HNC MDT"],
  [-5, "R CDT COT EASST ECT EST ET HAC HNE PET"],
  [-4.5, "HLV VET"],
  [-4, "Q AST BOT CLT COST EDT FKT GYT HAE HNA PYT"],
  [-3.5, "HNT NST NT"],
  [-3, "P ADT ART BRT CLST FKST GFT HAA PMST PYST SRT UYT WGT"],
  [-2.5, "HAT NDT"],
  [-2, "O BRST FNT PMDT UYST WGST"],
  [-1, "N AZOT CVT EGT"],
  [0, "Z EGST GMT UTC WET WT"],
  [1, "A CET DFT WAT WEDT WEST"],
  [2, "B CAT CEDT CEST EET SAST WAST"],
  [3, "C EAT EEDT EEST IDT MSK"],
  [3.5, "IRST"],
  [4, "D AMT AZT GET GST KUYT MSD MUT RET SAMT SCT"],
  [4.5, "AFT IRDT"],
  [5, "E AMST AQTT AZST HMT MAWT MVT PKT TFT TJT TMT UZT YEKT"],
  [5.5, "SLT"],
  [5.75, "NPT"],
  [6, "F ALMT BIOT BTT IOT KGT NOVT OMST YEKST"],
  [6.5, "CCT MMT"],
  [7, "G CXT DAVT HOVT ICT KRAT NOVST OMSST THA WIB"],
  [8, "H ACT AWST BDT BNT CAST HKT IRKT KRAST MYT PHT SGT ULAT WITA WST"],
  [9, "I AWDT IRKST JST KST PWT TLT WDT WIT YAKT"],
  [9.5, "ACST"],
  [10, "K AEST ChST PGT VLAT YAKST YAPT"],
  [10.5, "ACDT LHST"],
  [11, "L AEDT LHDT MAGT NCT PONT SBT VLAST VUT"],
  [11.5, "NFT"],
  [12, "M ANAST ANAT FJT GILT MAGST MHT NZST PETST PETT TVT WFT"],
  [13, "FJST NZDT"],
];

const ZONE =
  /^(?<name>[A-Z](?:[A-Z]{2,4})?)?(?<sign>[+-])?(?:(?<hours>[01]\d)(?::?(?<minutes>\d{2}))?)?$/;

/** Converts "UTC", "CET", "+0100" or "UTC-03:30" to minutes, positive in the east. The error is what was expected. */
export function zoneOffset(text: string): Result<number, string> {
  const groups = ZONE.exec(text)?.groups;
  if (groups === undefined) return fail("a zone such as UTC, CET, +0200 or UTC-0330");
  const { name, sign, hours, minutes = "0" } = groups;
  const base = name === undefined ? 0 : offsetOf(name);
  if (base === undefined) return fail(`a zone abbreviation fail2ban knows, not "${name}"`);
  if (sign === undefined || hours === undefined) return ok(base);
  const offset = Number(hours) * 60 + Number(minutes);
  return ok(base + (sign === "-" ? -offset : offset));
}

function offsetOf(name: string): number | undefined {
  const entry = BY_HOURS.find(([, names]) => names.split(" ").includes(name));
  return entry === undefined ? undefined : entry[0] * 60;
}

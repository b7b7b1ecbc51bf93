/** Sends real packets against blocks of the firewalld enforcer. The default zone accepts every other packet. */
import { after } from "node:test";
import { ABILITIES } from "./enforcer-abilities.ts";
import { shareFirewalld } from "./firewalld.fixture.ts";
import { startOwnFirewalld } from "./own-firewalld.fixture.ts";
import { testPacketContracts } from "./packets.contract.ts";

const firewalld = await startOwnFirewalld();
after(() => firewalld[Symbol.asyncDispose]());

testPacketContracts([
  {
    name: "firewalld, direct rules",
    ...shareFirewalld({ rules: "direct" }),
    furtherScopes: 3,
  },
  {
    name: "firewalld, policy rules",
    ...shareFirewalld({ rules: "policy" }),
    furtherScopes: 3,
    openConnections: ABILITIES["firewalld, policy rules"].openConnections,
  },
]);

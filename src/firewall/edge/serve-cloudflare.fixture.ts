/** Stands for Cloudflare as a separate program, on a fixed port. Prints each request that changes its list as JSON. */
import { openCloudflare } from "./cloudflare.fixture.ts";

const port = Number(process.argv[2]);
await openCloudflare({
  port,
  onRequest: ({ method, text }) => {
    if (method !== "GET") process.stdout.write(`${method} ${text}\n`);
  },
});
process.stdout.write("ready\n");

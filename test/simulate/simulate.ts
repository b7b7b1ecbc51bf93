/**
 * Runs the daemon in virtual time on a simulated machine, from a seed. Usage: npm run simulate -- --seed N --days D.
 * --seeds A..B: many seeds; --log: prints the event log of one.
 */
import "./redirect-modules.ts";

process.title = "simulate";
const { main } = await import("./main.ts");
process.exitCode = await main(process.argv.slice(2));

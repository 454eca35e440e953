/** `npm start` ends here, under Node 24: reads the flags, starts the platform, and stops it when it is asked to. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readSystem } from "../src/system.ts";
import { StartError } from "./data-dir.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { helpText, readFlags } from "./settings.ts";

/** After this long the process ends whatever is still open. */
const stopMs = 4_500;

async function main(): Promise<void> {
  const system = readSystem(JSON.parse(readFileSync(join(import.meta.dirname, "..", "system.json"), "utf8")));
  const read = readFlags(system, process.argv.slice(2));
  if ("problems" in read) {
    process.stderr.write(`${read.problems.map((problem) => `npm start: ${problem}`).join("\n")}\n`);
    process.exitCode = 2;
    return;
  }
  const { flags } = read;
  if (flags.help) return void process.stdout.write(helpText(system));

  const stopping = new AbortController();
  let platform: Platform | null = null;
  const stop = (why: string) => {
    // Ctrl-C reaches this process twice: from the terminal, and handed on by the one that started it.
    if (stopping.signal.aborted) return;
    process.stdout.write(`Stopping (${why})…\n`);
    stopping.abort();
    setTimeout(() => process.exit(1), stopMs).unref();
    void platform?.close().then(() => process.exit(0));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop(signal));
  if (process.env.DORMOUSE_PARENT) {
    process.on("disconnect", () => stop("its parent has gone"));
    // A closed channel must not keep the process, an open one must not end it.
    process.channel?.unref();
  }

  try {
    platform = await startPlatform({
      dataDir: flags.data,
      fresh: flags.fresh,
      port: flags.port,
      part: flags.part,
      startSeconds: flags.startSeconds,
      stopSeconds: flags.stopSeconds,
      settings: flags.settings,
      patienceMs: 1_500,
      signal: stopping.signal,
    });
  } catch (error) {
    if (stopping.signal.aborted) process.exit(0);
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`npm start: ${error.message}\n`);
    process.exit(1);
  }
  process.stdout.write(`Dormouse is ready: ${platform.url}\n`);
}

await main();

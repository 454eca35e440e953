/** `local/main.ts` in a process of its own: what `npm start` runs, and what can be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Client, clientOf } from "./client.ts";

const main = join(import.meta.dirname, "../../local/main.ts");

export interface Command extends Client, AsyncDisposable {
  child: ChildProcess;
  /** Throws with what it printed when it ends before it is ready. */
  ready(): Promise<void>;
  /** What it has printed so far. */
  output(): string;
  /** Its exit code; null after a signal. */
  readonly ended: Promise<number | null>;
  /** Sends the signal and waits for the end. */
  end(signal: "SIGINT" | "SIGTERM" | "SIGKILL"): Promise<number | null>;
}

/** Starts it in `dir`, which becomes its working directory; does not wait for it. */
export function run(dir: string, args: string[]): Command {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], { cwd: dir, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  const ended = once(child, "exit").then(([code]) => code as number | null);
  let local = { url: "", endpoints: { issuer: "" }, control: { rds: "" }, operator: { secretAccessKey: "" } };
  const client = clientOf({
    url: () => local.url,
    async issue(name, operator) {
      const response = await fetch(`${local.endpoints.issuer}/token`, { method: "POST", body: new URLSearchParams({ name, operator: operator ? "1" : "0" }) });
      return ((await response.json()) as { access_token: string }).access_token;
    },
    control: () => ({ url: local.control.rds, key: local.operator.secretAccessKey }),
  });
  return {
    ...client,
    child,
    output: () => output,
    ended,
    async end(signal: "SIGINT" | "SIGTERM" | "SIGKILL") {
      child.kill(signal);
      return await ended;
    },
    async ready() {
      const isReady = new Promise<void>((resolve) => {
        const look = () => output.includes("Dormouse is ready") && resolve();
        child.stdout.on("data", look);
        look();
      });
      const code = await Promise.race([isReady.then(() => "ready" as const), ended]);
      if (code !== "ready") throw new Error(`it ended with ${code} before it was ready:\n${output}`);
      local = JSON.parse(await readFile(join(dir, ".dormouse/local.json"), "utf8"));
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Starts it and waits until it is ready. */
export async function start(dir: string, args: string[]): Promise<Command> {
  const command = run(dir, args);
  await command.ready();
  return command;
}

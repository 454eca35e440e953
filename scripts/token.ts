/** `npm run --silent token -- ann` prints a bearer token of the running platform, and nothing else. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

const usage = "npm run --silent token -- NAME [--operator] [--data DIR]";

async function main(): Promise<string> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { operator: { type: "boolean", default: false }, data: { type: "string", default: ".dormouse" }, help: { type: "boolean", default: false } },
  });
  if (values.help) return usage;
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0) throw new Error(`one name is needed: ${usage}`);
  const file = join(values.data, "local.json");
  const text = await readFile(file, "utf8").catch(() => null);
  const notRunning = `no Dormouse runs on ${values.data} (npm start, or --data DIR)`;
  if (text === null) throw new Error(notRunning);
  const { endpoints } = JSON.parse(text) as { endpoints: { issuer: string } };
  const response = await fetch(`${endpoints.issuer}/token`, {
    method: "POST",
    body: new URLSearchParams({ name, operator: values.operator ? "1" : "0" }),
  }).catch(() => {
    throw new Error(notRunning);
  });
  const answer = (await response.json()) as { access_token?: string; message?: string };
  if (answer.access_token === undefined) throw new Error(answer.message ?? `the issuer answered ${response.status}`);
  return answer.access_token;
}

try {
  process.stdout.write(`${await main()}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

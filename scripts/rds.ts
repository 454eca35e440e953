/** `npm run rds -- COMMAND [ARGUMENT] [--data DIR]`: makes happen what AWS does to the instance of a running platform. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { commands, isCommand } from "../local/rds/commands.ts";

const list = Object.entries(commands)
  .map(([name, { argument, does }]) => `  ${`${name} ${argument ?? ""}`.padEnd(18)} ${does}`)
  .join("\n");
const help = `Usage: npm run rds -- COMMAND [ARGUMENT] [--data DIR]

Makes happen what AWS does to the database instance of a running platform (npm start).

Commands:
${list}

  --data DIR         data directory of the platform, .dormouse unless told
  --help             print this
`;

/** Prints to stdout; throws an Error with a message for the person who typed. */
async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { data: { type: "string", default: ".dormouse" }, help: { type: "boolean", default: false } },
  });
  if (values.help) return void process.stdout.write(help);
  const [command, argument, ...more] = positionals;
  if (!isCommand(command)) {
    throw new Error(`${command === undefined ? "A command is wanted" : `There is no command "${command}"`}. The commands are:\n${list}`);
  }
  if (more.length > 0) throw new Error(`${command} takes ${commands[command].argument ? "one argument" : "no argument"}, not "${more.join(" ")}".`);
  const { url, key } = findPlatform(values.data);
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ command, argument }),
  }).catch(() => {
    throw new Error(`The platform in ${values.data} does not answer. Is it running (npm start)?`);
  });
  const reply = (await response.json()) as { message?: string; status?: string };
  if (!response.ok) throw new Error(reply.message ?? `HTTP ${response.status}`);
  process.stdout.write(`${command}: the instance is ${reply.status}\n`);
}

function findPlatform(data: string): { url: string; key: string } {
  const file = join(data, "local.json");
  try {
    const { control, operator } = JSON.parse(readFileSync(file, "utf8")) as { control: { rds: string }; operator: { secretAccessKey: string } };
    return { url: control.rds, key: operator.secretAccessKey };
  } catch {
    throw new Error(`No running platform in ${data}: ${file} cannot be read. Start one (npm start), or name its directory with --data.`);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

/**
 * Writes what is made from the code: `system.schema.json` (from the zod schema of src/system.ts), `docs/codes.md` (every status and code), README's
 * table of settings, and the client's types (`src/client/api.ts`, from the OpenAPI document).
 * `--check`: writes nothing, and fails when a file is not what the code makes.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { document } from "../src/http/openapi/index.ts";
import { CODES } from "../src/lifecycle/decision.ts";
import { STATUSES, type StatusKind } from "../src/lifecycle/statuses.ts";
import { readSystem, System } from "../src/system.ts";
import { clientTypes } from "./generated/client.ts";

const root = join(import.meta.dirname, "..");

const kinds: Record<StatusKind, string> = {
  running: "up: served when the probe gets an answer; sleeps when idle and `available`",
  starting: "waits for it, looking each 2 s",
  stopping: "waits for it; a wake follows right after",
  stopped: "asleep; a wake starts it",
  broken: "nothing that a start or stop could change: `attention`; served if the probe gets an answer",
  passing: "waits and stays up; served if the probe gets an answer",
};

const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`).join("\n");

const codesPage = `# Statuses and codes

Made from \`src/lifecycle/statuses.ts\` and \`src/lifecycle/decision.ts\` by \`npm run generated\`; CI checks that it is true.

## Every status of the instance, and what Dormouse does

A status that is not in the table is treated like \`creating\`: wait, stay up, and say so. A status with something to do also raises \`attention\` with the status as its code.

${table(
  ["RDS status", "kind", "Dormouse", "sentence", "what a human should do"],
  Object.entries(STATUSES).map(([status, row]) => [`\`${status}\``, row.kind, kinds[row.kind], row.sentence, row.doThis ?? ""]),
)}

## Every code

\`code\` is a closed set that metrics, alarms, translations and the ledger compare; \`reason\` is the sentence of the moment ("idle for 63 min, limit 60 min").

${table(
  ["code", "meaning"],
  Object.entries(CODES).map(([code, meaning]) => [`\`${code}\``, meaning]),
)}

## Codes of \`attention\`

${table(
  ["code", "when"],
  [
    ["an RDS status of the table above", "the instance is in a status that needs a human"],
    ["`no-capacity`", "AWS has no capacity for the instance's class; the start is tried again until the wake expires"],
    ["`wake-slow`", "a wake takes more than three times as long as the slowest of this instance before it (20 minutes while none is known)"],
    ["`wake-expired`", "a wake did not come about within its time and was given up"],
    ["`probe-blind`", "the probe has not been able to look inside for two hours"],
    ["`backup-missing`", "the database stayed up for a backup for 26 hours, and none was made; until there is a newer one"],
    ["`maintenance-unknown`", "AWS started the instance, and RDS has not told for two hours whether maintenance is waiting"],
    ["`stop-refused`", "the database could have slept for 12 hours, and something stood against every stop"],
    ["`unknown-version`", "the state was written by a newer version of Dormouse; this one starts and stops nothing"],
    ["`rds-unreachable`", "RDS could not be asked for ten minutes, or refuses the role"],
  ],
)}
`;

const system = readSystem(JSON.parse(await readFile(join(root, "system.json"), "utf8")));
const readme = await readFile(join(root, "README.md"), "utf8");
const settings = table(
  ["flag", "default", "meaning"],
  Object.values(system.settings).map((setting) => [
    `\`--${setting.flag}\`${setting.values ? ` ${setting.values.join(", ")}` : ""}`,
    `${setting.default}`,
    setting.description,
  ]),
);

const files: Record<string, string> = {
  "README.md": readme.replace(/(<!-- settings:[^>]*-->\n)[\s\S]*?(<!-- end of settings -->)/, (_, head: string, tail: string) => `${head}${settings}\n${tail}`),
  "docs/codes.md": codesPage,
  "src/client/api.ts": clientTypes(document(system)),
  "system.schema.json": `${JSON.stringify(z.toJSONSchema(System, { io: "input" }), null, 2)}\n`,
};

const check = process.argv.includes("--check");
let stale = 0;
for (const [file, text] of Object.entries(files)) {
  const path = join(root, file);
  const there = await readFile(path, "utf8").catch(() => "");
  if (there === text) continue;
  if (check) {
    stale++;
    console.error(`${file} is not what the code makes: run "npm run generated"`);
  } else {
    await writeFile(path, text);
    console.log(`${file} written`);
  }
}
if (stale > 0) process.exit(1);

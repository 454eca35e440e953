/** The flags of `npm start`: the settings of system.json, and a few of the local platform's own. */
import { parseArgs } from "node:util";
import type { System } from "../src/system.ts";

/** The settings' values, by their names in system.json. */
export type Settings = Record<string, string | number>;

export interface Flags {
  port: number;
  data: string;
  fresh: boolean;
  part: "all" | "lifecycle";
  startSeconds: number;
  stopSeconds: number;
  help: boolean;
  settings: Settings;
}

interface Flag {
  flag: string;
  type: "number" | "string" | "boolean";
  default: string | number | boolean;
  minimum?: number | undefined;
  maximum?: number | undefined;
  integer?: boolean;
  values?: string[] | undefined;
  description: string;
}

const own: Flag[] = [
  { flag: "port", type: "number", default: 3000, minimum: 0, maximum: 65_535, integer: true, description: "Port of the API and the console. 0: any free one." },
  { flag: "data", type: "string", default: ".dormouse", description: "Directory that keeps everything: databases, keys, logs." },
  { flag: "fresh", type: "boolean", default: false, description: "Forget what the data directory holds, and begin anew." },
  { flag: "part", type: "string", values: ["all", "lifecycle"], default: "all", description: "all, or lifecycle alone, without the finance features." },
  { flag: "start-seconds", type: "number", default: 20, minimum: 0, maximum: 3600, description: "How long the simulated RDS takes to start the database." },
  { flag: "stop-seconds", type: "number", default: 8, minimum: 0, maximum: 3600, description: "How long the simulated RDS takes to stop it." },
  { flag: "help", type: "boolean", default: false, description: "Print this." },
];

/** Reads the command line. Returns every problem at once, each naming its flag. */
export function readFlags(system: System, args: string[]): { flags: Flags } | { problems: string[] } {
  const all = flagsOf(system);
  const options = Object.fromEntries(all.map((flag) => [flag.flag, { type: flag.type === "boolean" ? ("boolean" as const) : ("string" as const) }]));
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true, allowPositionals: true, allowNegative: false });
  const problems: string[] = [];
  const given = new Map<string, string | boolean>();
  for (const token of tokens) {
    if (token.kind === "positional") problems.push(`"${token.value}" is no flag`);
    if (token.kind !== "option") continue;
    const flag = all.find((known) => known.flag === token.name && token.rawName === `--${known.flag}`);
    if (!flag) problems.push(`there is no flag ${token.rawName}${nearest(token.name, all)}`);
    else if (given.has(flag.flag)) problems.push(`--${flag.flag} is given twice`);
    else if (flag.type === "boolean" && token.value !== undefined) problems.push(`--${flag.flag} takes no value`);
    else if (flag.type !== "boolean" && (token.value === undefined || token.value === "")) problems.push(`--${flag.flag} needs a value`);
    else given.set(flag.flag, token.value ?? true);
  }
  const values = new Map<string, string | number | boolean>();
  for (const flag of all) {
    const text = given.get(flag.flag);
    const value = text === undefined || typeof text === "boolean" ? (text ?? flag.default) : convert(flag, text, problems);
    values.set(flag.flag, value);
  }
  // The app's own connections are in CloudWatch's count, and a warm function keeps one: nobody could tell when the database is idle.
  if (values.get("part") === "all" && values.get("probe") === "metrics")
    problems.push("--probe metrics goes with --part lifecycle: the app's own connections would count as use, and keep the database awake");
  if (values.get("mail-sender") === "ses" && !/^[^@\s]+@[^@\s]+$/.test(String(values.get("mail-from"))))
    problems.push("--mail-sender ses needs --mail-from: the address that mails come from");
  if (problems.length > 0) return { problems };
  const value = <T extends string | number | boolean>(name: string) => values.get(name) as T;
  return {
    flags: {
      port: value<number>("port"),
      data: value<string>("data"),
      fresh: value<boolean>("fresh"),
      part: value<"all" | "lifecycle">("part"),
      startSeconds: value<number>("start-seconds"),
      stopSeconds: value<number>("stop-seconds"),
      help: value<boolean>("help"),
      settings: Object.fromEntries(Object.entries(system.settings).map(([name, setting]) => [name, value<string | number>(setting.flag)])),
    },
  };
}

/** The defaults of every setting. */
export function defaultSettings(system: System): Settings {
  return Object.fromEntries(Object.entries(system.settings).map(([name, setting]) => [name, setting.default]));
}

/** The text of `--help`. */
export function helpText(system: System): string {
  const lines = flagsOf(system).map((flag) => {
    const what = flag.type === "boolean" ? "" : flag.values ? ` ${flag.values.join("|")}` : flag.type === "number" ? " NUMBER" : " TEXT";
    const usual = flag.type === "boolean" || flag.default === "" ? "" : ` [${String(flag.default)}]`;
    return `  ${`--${flag.flag}${what}`.padEnd(38)} ${flag.description}${usual}`;
  });
  return `npm start -- [flags]\n\n${lines.join("\n")}\n`;
}

function flagsOf(system: System): Flag[] {
  return [...own, ...Object.values(system.settings)];
}

function convert(flag: Flag, text: string, problems: string[]): string | number {
  if (flag.values && !flag.values.includes(text)) problems.push(`--${flag.flag} is ${flag.values.join(" or ")}, not "${text}"`);
  if (flag.type !== "number") return text;
  const value = /^-?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) problems.push(`--${flag.flag} needs a number, not "${text}"`);
  else if (flag.integer && !Number.isInteger(value)) problems.push(`--${flag.flag} needs a whole number, not ${text}`);
  else if (flag.minimum !== undefined && value < flag.minimum) problems.push(`--${flag.flag} is at least ${flag.minimum}, not ${text}`);
  else if (flag.maximum !== undefined && value > flag.maximum) problems.push(`--${flag.flag} is at most ${flag.maximum}, not ${text}`);
  return value;
}

/** A hint for a slip of the fingers: a known flag that shares its beginning. */
function nearest(name: string, all: Flag[]): string {
  const near = name.length >= 3 ? all.find((flag) => flag.flag.startsWith(name.slice(0, 3))) : undefined;
  return near ? `; do you mean --${near.flag}?` : "; --help lists them";
}

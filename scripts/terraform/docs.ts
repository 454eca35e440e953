/**
 * The table of inputs and outputs in the README of each Terraform module, made from its .tf files. A simple reader: it knows `variable` and `output`
 * blocks as `terraform fmt` writes them, with a description in one line.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Input {
  name: string;
  description: string;
  /** HCL in one line. */
  type: string;
  /** HCL in one line; null: it has to be given. */
  initial: string | null;
}

export interface Output {
  name: string;
  description: string;
}

const begin = "<!-- inputs and outputs: made by npm run terraform -- --docs -->";
const end = "<!-- end of inputs and outputs -->";

/** The blocks of one kind: name and the text between the braces. Braces inside strings and comments are not counted. */
function blocks(text: string, kind: string): { name: string; body: string }[] {
  const found: { name: string; body: string }[] = [];
  for (const match of text.matchAll(new RegExp(`^${kind} "([^"]+)" \\{`, "gm"))) {
    const start = match.index + match[0].length;
    found.push({ name: match[1] ?? "", body: text.slice(start, closing(text, start)) });
  }
  return found;
}

/** Where the bracket that is open at `start` closes. */
function closing(text: string, start: number): number {
  let depth = 1;
  for (let index = start; index < text.length; index++) {
    const char = text[index] ?? "";
    if (char === '"') while (++index < text.length && text[index] !== '"') if (text[index] === "\\") index++;
    if (char === "#") while (index < text.length && text[index] !== "\n") index++;
    if ("{[(".includes(char)) depth++;
    if ("}])".includes(char) && --depth === 0) return index;
  }
  throw new Error("a bracket is not closed");
}

/** The value of an attribute of the block itself, its lines joined; null when there is none. */
function attribute(body: string, name: string): string | null {
  const match = new RegExp(`^  ${name} += `, "m").exec(body);
  if (!match) return null;
  const start = match.index + match[0].length;
  const line = body.slice(start, body.indexOf("\n", start));
  const open = /[{[(]$/.exec(line);
  const value = open ? body.slice(start, closing(body, start + line.length) + 1) + trailing(body, start + line.length) : line;
  // `terraform fmt` ends the entries of an object by line, without commas.
  const entries = value.replace(/([^{([,\s])[ \t]*\n\s*(?=[^\s})\]])/g, "$1, ");
  return entries
    .replace(/\s+/g, " ")
    .replace(/([{([]) /g, "$1")
    .replace(/,? ([})\]])/g, "$1")
    .trim();
}

/** `object({` closes with `})`: what follows the first closing bracket on its line. */
function trailing(body: string, start: number): string {
  const at = closing(body, start) + 1;
  return body.slice(at, body.indexOf("\n", at));
}

function sources(dir: string): string {
  return readdirSync(dir)
    .filter((file) => file.endsWith(".tf"))
    .sort()
    .map((file) => readFileSync(join(dir, file), "utf8"))
    .join("\n");
}

/** Throws for a variable or output without a description. */
export function describeModule(dir: string): { inputs: Input[]; outputs: Output[] } {
  const text = sources(dir);
  const described = (name: string, body: string): string => {
    const description = attribute(body, "description");
    if (description === null) throw new Error(`${dir}: "${name}" has no description`);
    return JSON.parse(description) as string;
  };
  const inputs = blocks(text, "variable").map(({ name, body }) => ({
    name,
    description: described(name, body),
    type: attribute(body, "type") ?? "any",
    initial: attribute(body, "default"),
  }));
  const outputs = blocks(text, "output").map(({ name, body }) => ({ name, description: described(name, body) }));
  // Those that have to be given come first.
  const order = (a: Input, b: Input) => Number(a.initial !== null) - Number(b.initial !== null) || (a.name < b.name ? -1 : 1);
  return { inputs: inputs.sort(order), outputs: outputs.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

const cell = (text: string) => text.replaceAll("|", "\\|");

function tables({ inputs, outputs }: { inputs: Input[]; outputs: Output[] }): string {
  const rows = inputs.map(({ name, description, type, initial }) => {
    const given = initial === null ? "has to be given" : `\`${cell(initial)}\``;
    return `| \`${name}\` | ${cell(description)} | \`${cell(type)}\` | ${given} |`;
  });
  return [
    begin,
    ...(rows.length > 0 ? ["| input | | type | default |", "|---|---|---|---|", ...rows] : ["No inputs."]),
    "",
    ...(outputs.length > 0
      ? ["| output | |", "|---|---|", ...outputs.map(({ name, description }) => `| \`${name}\` | ${cell(description)} |`)]
      : ["No outputs."]),
    end,
  ].join("\n");
}

/** Brings the README of the module up to date, or with `check` only says whether it is. Throws when there is no README with the two markers. */
export function documentModule(dir: string, check: boolean): "same" | "differs" | "written" {
  const path = join(dir, "README.md");
  const before = readFileSync(path, "utf8");
  const from = before.indexOf(begin);
  const to = before.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${path} has no place for the inputs and outputs: it begins with\n${begin}\nand ends with\n${end}`);
  const after = before.slice(0, from) + tables(describeModule(dir)) + before.slice(to + end.length);
  if (after === before) return "same";
  if (check) return "differs";
  writeFileSync(path, after);
  return "written";
}

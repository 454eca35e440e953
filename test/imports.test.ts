import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { expect, test } from "vitest";

// Arrows run one way: functions -> adapters -> rules. What a file imports is read from its text; every import here is written out.
const root = join(import.meta.dirname, "..");

interface Import {
  /** The importing file, from the root, with slashes. */
  from: string;
  /** A file of ours from the root, or a package's or node's name. */
  to: string;
  /** Leaves nothing behind at run time. */
  typeOnly: boolean;
}

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name) && !entry.name.endsWith(".d.ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/** Static imports, re-exports and `import("…")`, of which none may be computed. */
function importsIn(from: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean) => {
    const to = specifier.startsWith(".")
      ? relative(root, resolve(root, dirname(from), specifier))
          .split(sep)
          .join("/")
      : specifier;
    found.push({ from, to, typeOnly });
  };
  const statement = /^\s*(?:import|export)\s+(type\s+)?(?:([^"';]*?)\s*from\s*)?["']([^"']+)["']/gm;
  for (const [, type, names = "", specifier = ""] of text.matchAll(statement)) {
    const inBraces = /^\{([\s\S]*)\}$/.exec(names.trim())?.[1];
    const every = inBraces
      ?.split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "");
    add(specifier, type !== undefined || (every !== undefined && every.length > 0 && every.every((name) => name.startsWith("type "))));
  }
  for (const [, specifier = ""] of text.matchAll(/\bimport\(\s*["']([^"']+)["']/g)) add(specifier, false);
  return found;
}

const importsOf = (...folders: string[]) => folders.flatMap(filesIn).flatMap((file) => importsIn(file, readFileSync(join(root, file), "utf8")));
const show = ({ from, to }: Import) => `${from} -> ${to}`;
const isSdk = ({ to }: Import) => to.startsWith("@aws-sdk/") || to.startsWith("@smithy/") || to.startsWith("@aws-crypto/");
const ours =
  (...folders: string[]) =>
  (one: Import) =>
    folders.some((folder) => one.to.startsWith(`${folder}/`));

test("imports are found in every form in which they are written", () => {
  const text = `import a from "x";\nimport type { B } from "../src/b.ts";\nimport { type C, type D } from "c";\nimport {\n  type E,\n  f,\n} from "e";\nimport "side";\nexport * from "./g.ts";\nexport { type H } from "h";\nconst i = await import("i");`;
  expect(importsIn("functions/z.ts", text).map(({ to, typeOnly }) => [to, typeOnly])).toEqual([
    ["x", false],
    ["src/b.ts", true],
    ["c", true],
    ["e", false],
    ["side", false],
    ["functions/g.ts", false],
    ["h", true],
    ["i", false],
  ]);
});

test("the rules of sleep import nothing but each other: no adapter, no SDK, no package, nothing of node, nothing of finance", () => {
  const imports = importsOf("src/lifecycle");
  expect(imports.length).toBeGreaterThan(20);
  expect(imports.filter((one) => !ours("src/lifecycle")(one)).map(show)).toEqual([]);
});

test("the rules of finance, of receipts and of reports import no adapter, no SDK, nothing of node, and nothing of sleep's", () => {
  const imports = importsOf(...["src/finance", "src/reports", "src/receipts"].filter((folder) => readdirSync(join(root, "src")).includes(folder.slice(4))));
  expect(
    imports.filter((one) => isSdk(one) || one.to.startsWith("node:") || ours("src/aws", "src/database", "src/http", "src/lifecycle")(one)).map(show),
  ).toEqual([]);
});

test("nothing that is shipped imports the local platform, the scripts or the tests", () => {
  const imports = importsOf("src", "functions", "migrations");
  expect(imports.filter(ours("local", "scripts", "test")).map(show)).toEqual([]);
});

test("only the adapters import the SDK; functions make its clients, and the database's connection signs its logins", () => {
  const allowed = (one: Import) =>
    one.from.startsWith("src/aws/") ||
    one.typeOnly ||
    (one.from.startsWith("functions/") && /^@aws-sdk\/client-[a-z0-9-]+$/.test(one.to)) ||
    (one.from.startsWith("src/database/") && one.to === "@aws-sdk/rds-signer");
  expect(
    importsOf("src", "functions", "migrations")
      .filter((one) => isSdk(one) && !allowed(one))
      .map(show),
  ).toEqual([]);
});

test("a function takes from the SDK its clients and nothing else", () => {
  for (const file of filesIn("functions")) {
    const text = readFileSync(join(root, file), "utf8");
    for (const [, names = ""] of text.matchAll(/import \{([^}]*)\} from "@aws-sdk\/client-[^"]+"/g))
      for (const name of names.split(",").map((each) => each.trim())) expect(name, file).toMatch(/^(type \w+|\w+Client)$/);
  }
});

test("HTTP knows no adapter of AWS, and adapters know no HTTP and no other plane's wiring", () => {
  expect(importsOf("src/http").filter(ours("src/aws")).map(show)).toEqual([]);
  expect(
    importsOf("src/aws", "src/database")
      .filter(ours("src/http", "functions", "src/console"))
      .map(show),
  ).toEqual([]);
});

test("the console runs in a browser: nothing of node, no SDK, and of the rest of src only what leaves nothing behind", () => {
  const imports = importsOf("src/console");
  expect(
    imports.filter((one) => one.to.startsWith("node:") || isSdk(one) || (!one.typeOnly && one.to.startsWith("src/") && !ours("src/console")(one))).map(show),
  ).toEqual([]);
});

test("no file imports itself by way of others", () => {
  const imports = importsOf("src", "functions").filter(({ typeOnly, to }) => !typeOnly && to.startsWith("src/"));
  const next = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  const visit = (file: string, path: string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const { to } of next.get(file) ?? []) {
      const circle = visit(to, [...path, file]);
      if (circle) return circle;
    }
    done.add(file);
    return null;
  };
  for (const file of next.keys()) expect(visit(file, [])).toBeNull();
});

test("a function's file is wiring: at most 90 lines", () => {
  const files = filesIn("functions");
  expect(files.length).toBeGreaterThanOrEqual(6);
  for (const file of files) expect(readFileSync(join(root, file), "utf8").split("\n").length, file).toBeLessThanOrEqual(90);
});

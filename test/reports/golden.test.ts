/**
 * Reports as they are, kept: for each one its pages with all that stands on them and how that is structured, and the hash of its uncompressed bytes. After a
 * change that is meant, look at the pages, then `npx vitest run test/reports/golden.test.ts -u`, and read what became of `golden/`.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folder, reports } from "./golden.ts";
import { drawn, read, type StructureNode } from "./read.ts";

/** Roles, one to a line and deeper ones further in, with alternative texts; many of the same beside each other are counted. */
function outline(node: StructureNode | null, depth = 0): string[] {
  if (node === null) return [];
  const lines = [`${"  ".repeat(depth)}${node.role}${node.alt === undefined ? "" : `: ${node.alt}`}`];
  const below = (node.children ?? []).filter((child) => "role" in child).map((child) => outline(child, depth + 1));
  for (let at = 0; at < below.length; ) {
    const [one = []] = below.slice(at);
    const same = below.slice(at).findIndex((other) => other.join("\n") !== one.join("\n"));
    const times = same === -1 ? below.length - at : same;
    lines.push(...one.map((line, i) => (i === 0 && times > 1 ? `${line} (${times} times)` : line)));
    at += times;
  }
  return lines;
}

describe("a report that was looked at", () => {
  for (const { name, it, options = {} } of reports) {
    test(`has the same pages again: ${name}`, async () => {
      const { bytes } = await drawn(it, { ...options, compress: false });
      const { pages, outline: titles, language, info } = await read(bytes);
      const text = [
        `${info.Title} (${language})`,
        ...titles.map((title) => `- ${title}`),
        ...pages.flatMap(({ items, structure, width, height }, i) => [
          "",
          `== page ${i + 1}, ${width.toFixed(0)} x ${height.toFixed(0)}`,
          ...items,
          "-- structure",
          ...outline(structure),
        ]),
        "",
      ].join("\n");
      await expect(text).toMatchFileSnapshot(join(folder, `${name}.txt`));
      // Numbers, days and their order come from Intl: another version of its data may write them otherwise, and the pages above say where.
      const hash = createHash("sha256").update(bytes).digest("hex");
      const file = join(folder, `${name}.sha256`);
      const kept = (await readFile(file, "utf8").catch(() => "")).trim().split(" ");
      if (kept[1] === undefined || kept[1] === process.versions.icu) await expect(`${hash} ${process.versions.icu}\n`).toMatchFileSnapshot(file);
    });
  }
});

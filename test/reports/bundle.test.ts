import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { bundle } from "../../scripts/build.ts";
import { read } from "./read.ts";

test("a bundle draws reports with no package beside it: fonts and all are inside, and within 2.5 MB", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dormouse-report-"));
  try {
    const { code, metafile } = await bundle(join(import.meta.dirname, "bundled.ts"));
    expect(code.length).toBeLessThan(2_500_000);
    expect(Object.keys(metafile.inputs).some((file) => file.includes("node_modules/pdfkit/"))).toBe(true);
    const file = join(folder, "index.mjs");
    await writeFile(file, code);
    const { stdout } = await promisify(execFile)(process.execPath, [file], { encoding: "buffer", cwd: folder, maxBuffer: 20_000_000 });
    const { pages } = await read(stdout);
    expect(pages.map(({ text }) => text).join("")).toContain("«Пятёрочка»");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

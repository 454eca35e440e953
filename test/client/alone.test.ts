import { join } from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");

it("the client is made of its own files and nothing else, and is small in a browser", async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, "src/client/index.ts")],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    absWorkingDir: root,
    logLevel: "silent",
  });
  expect(Object.keys(metafile.inputs).filter((file) => !file.startsWith("src/client/"))).toEqual([]);
  expect(outputFiles[0]?.contents.length).toBeLessThan(12_000);
});

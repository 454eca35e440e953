/**
 * Modules that exist only in a bundle: the hashes of the console's script and style, and the routes that `system.json` declares.
 * `src/console/virtual.d.ts` has their types.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Plugin } from "esbuild";
import { readSystem } from "../../src/system.ts";
import { consolePage } from "./console.ts";

const root = join(import.meta.dirname, "..", "..");

/** Every HTTP route of the system. Not its declaration whole: that is thirty times as long. */
async function systemRoutes() {
  const system = readSystem(JSON.parse(await readFile(join(root, "system.json"), "utf8")));
  return Object.values(system.functions).flatMap((fn) => fn.http.filter(({ path }) => path.startsWith("/")).map(({ method, path }) => ({ method, path })));
}

const modules: Record<string, () => Promise<object>> = {
  "virtual:console": async () => {
    const { scriptHash, styleHash } = await consolePage();
    return { scriptHash, styleHash };
  },
  "virtual:routes": async () => ({ routes: await systemRoutes() }),
};

const moduleOf = (values: object): string =>
  Object.entries(values)
    .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
    .join("\n");

export function virtualModules(): Plugin {
  return {
    name: "virtual",
    setup(builder) {
      builder.onResolve({ filter: /^virtual:/ }, ({ path }) =>
        modules[path] ? { path, namespace: "virtual" } : { errors: [{ text: `there is no module ${path}` }] },
      );
      builder.onLoad({ filter: /.*/, namespace: "virtual" }, async ({ path }) => ({ contents: moduleOf((await modules[path]?.()) ?? {}), loader: "js" }));
    },
  };
}

/** `/openapi.json` and `/docs`. Public. */
import type { Route } from "../api.ts";
import { fileRoute, sha256 } from "./files.ts";

export interface DocumentOptions {
  part: "all" | "lifecycle";
  /** Where the files are; beside the bundle unless told. */
  folder?: string;
}

/** A page with one style and one script, and with nothing from elsewhere. */
function policyOf(html: string): string {
  const hashOf = (tag: string) => `'sha256-${sha256(html.split(`<${tag}>`)[1]?.split(`</${tag}>`)[0] ?? "")}'`;
  const parts = ["default-src 'none'", `script-src ${hashOf("script")}`, `style-src ${hashOf("style")}`, "img-src data:"];
  return [...parts, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"].join("; ");
}

export function documentRoutes({ part, folder }: DocumentOptions): Route[] {
  const suffix = part === "lifecycle" ? ".lifecycle" : "";
  const kept = { "cache-control": "public, max-age=300" };
  return [
    fileRoute({ path: "/openapi.json", name: `openapi${suffix}.json`, folder, type: "application/json", headers: () => kept }),
    fileRoute({
      path: "/docs",
      name: `docs${suffix}.html`,
      folder,
      type: "text/html; charset=utf-8",
      headers: (body) => ({ ...kept, "content-security-policy": policyOf(body) }),
    }),
  ];
}

/**
 * `/openapi.json` and `/docs`: files that the build puts beside the bundle (`scripts/build/documents.ts`), read when somebody asks for them first, so that
 * nothing of them weighs on a start. Public.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ApiRequest, Reply, Route } from "../api.ts";

export interface DocumentOptions {
  part: "all" | "lifecycle";
  /** Where the files are; beside this module unless told. */
  folder?: string;
}

interface Held {
  body: string;
  headers: Record<string, string>;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("base64");

/** A page with one style and one script, and with nothing from elsewhere. */
function policyOf(html: string): string {
  const hashOf = (tag: string) => `'sha256-${sha256(html.split(`<${tag}>`)[1]?.split(`</${tag}>`)[0] ?? "")}'`;
  const parts = ["default-src 'none'", `script-src ${hashOf("script")}`, `style-src ${hashOf("style")}`, "img-src data:"];
  return [...parts, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"].join("; ");
}

/** Whether one of the tags in `If-None-Match` (RFC 9110, 13.1.2) is this one. */
const matches = (given: string | undefined, etag: string): boolean =>
  (given ?? "").split(",").some((each) => each.trim() === "*" || each.trim().replace(/^W\//, "") === etag);

export function documentRoutes({ part, folder = import.meta.dirname }: DocumentOptions): Route[] {
  const suffix = part === "lifecycle" ? ".lifecycle" : "";

  function file(path: string, name: string, headersOf: (body: string) => Record<string, string>): Route {
    let held: Promise<Held> | null = null;
    const read = async (): Promise<Held> => {
      const body = await readFile(join(folder, name), "utf8");
      const etag = `"${sha256(body).slice(0, 22)}"`;
      return { body, headers: { etag, "cache-control": "public, max-age=300", ...headersOf(body) } };
    };
    return {
      method: "GET",
      path,
      async handler({ event }: ApiRequest): Promise<Reply> {
        held ??= read();
        const { body, headers } = await held.catch((error: unknown) => {
          held = null;
          throw error;
        });
        const { etag = "", "cache-control": cache = "" } = headers;
        if (matches(event.headers["if-none-match"], etag)) return { status: 304, headers: { etag, "cache-control": cache } };
        return { status: 200, body, headers };
      },
    };
  }

  return [
    file("/openapi.json", `openapi${suffix}.json`, () => ({ "content-type": "application/json" })),
    file("/docs", `docs${suffix}.html`, (body) => ({ "content-type": "text/html; charset=utf-8", "content-security-policy": policyOf(body) })),
  ];
}

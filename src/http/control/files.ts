/** Answers from files that the build puts beside the bundle (`scripts/build/documents.ts`): read when somebody asks first, so that nothing of them weighs on a start. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ApiRequest, Reply, Route } from "../api.ts";

export interface FileRoute {
  path: string;
  /** The file, beside this module unless `folder` says otherwise. */
  name: string;
  folder: string | undefined;
  /** The file's text as it is sent; unchanged unless told. */
  fill?: (text: string) => string;
  /** `content-type`. */
  type: string;
  /** `cache-control` and what else belongs to this text. */
  headers: (body: string) => Record<string, string>;
}

interface Held {
  etag: string;
  body: string;
  headers: Record<string, string>;
}

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("base64");

/** Whether one of the tags in `If-None-Match` (RFC 9110, 13.1.2) is this one. */
const matches = (given: string | undefined, etag: string): boolean =>
  (given ?? "").split(",").some((each) => each.trim() === "*" || each.trim().replace(/^W\//, "") === etag);

export function fileRoute({ path, name, folder = import.meta.dirname, fill = (text) => text, type, headers }: FileRoute): Route {
  let held: Promise<Held> | null = null;
  const read = async (): Promise<Held> => {
    const body = fill(await readFile(join(folder, name), "utf8"));
    return { etag: `"${sha256(body).slice(0, 22)}"`, body, headers: headers(body) };
  };
  return {
    method: "GET",
    path,
    async handler({ event }: ApiRequest): Promise<Reply> {
      held ??= read();
      const {
        etag,
        body,
        headers: more,
      } = await held.catch((error: unknown) => {
        held = null;
        throw error;
      });
      // The headers of a 304 take the place of those that the browser has (RFC 9111, 4.3.4): without the page's own policy it would get the standard one.
      if (matches(event.headers["if-none-match"], etag)) return { status: 304, headers: { ...more, etag } };
      return { status: 200, body, headers: { ...more, etag, "content-type": type } };
    },
  };
}

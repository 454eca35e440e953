/** Versions as HTTP has them: `ETag: "3"`, and `If-Match` on a change (RFC 9110, section 13.1.1). */
import type { ApiRequest } from "../api.ts";
import { type Problem, problem } from "../problem.ts";

export const etag = (version: number): Record<string, string> => ({ etag: `"${version}"` });

/** The versions that a change may meet; null: any. */
export type Expected = readonly number[] | null;

/**
 * `If-Match`: `"3"`, `3`, a list of such, or `*`. Tags of another form are tags all the same, but none of ours: they match nothing.
 * Throws the problem `bad-header` (400) for what is no tag at all.
 */
export function ifMatch(request: ApiRequest): Expected {
  const header = request.event.headers?.["if-match"]?.trim();
  if (header === undefined || header === "*") return null;
  return header.split(",").map((each) => {
    const tag = each.trim();
    const [, quoted, bare] = /^(?:"(\d{1,9})"|(\d{1,9}))$/.exec(tag) ?? [];
    const version = quoted ?? bare;
    if (version !== undefined) return Number(version);
    if (/^(W\/)?"[\x21\x23-\x7e]*"$/.test(tag)) return -1;
    throw problem("bad-header", 'If-Match must be the ETag of what is to be changed, such as "3", or *.', { extra: { header: "If-Match" } });
  });
}

const changedMeanwhile = (version: number): Problem =>
  problem("changed-meanwhile", `It has changed meanwhile: its version is ${version} now. Read it again, then decide.`, {
    extra: { version },
    headers: etag(version),
  });

/** Throws the problem `changed-meanwhile` (412) when the version is none of those expected. */
export function requireVersion(expected: Expected, version: number): void {
  if (expected !== null && !expected.includes(version)) throw changedMeanwhile(version);
}

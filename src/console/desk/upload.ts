/** A file on its way to S3, by the form that the API has signed for it. */
import { ApiError, unreachable } from "../problem.ts";
import { isRecord } from "../types.ts";

export interface Upload {
  url: string;
  fields: Record<string, unknown>;
}

export const isUpload = (value: unknown): value is Upload => isRecord(value) && typeof value.url === "string" && isRecord(value.fields);

/** A slow line takes its time for 50 MB (ms). */
const UPLOAD_MS = 30 * 60_000;

export const refused = (detail: string) => new ApiError({ ...unreachable, status: 422, title: "Not uploaded", detail });

/** Throws ApiError. */
export async function send(post: typeof fetch, { url, fields }: Upload, file: File): Promise<void> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, String(value));
  // What stands behind the file is not read.
  body.append("file", file);
  const answer = await post(url, { method: "POST", body, credentials: "omit", signal: AbortSignal.timeout(UPLOAD_MS) }).catch(() => null);
  if (answer?.ok !== true) throw refused("It could not be uploaded. Look at your connection, and choose it again.");
}

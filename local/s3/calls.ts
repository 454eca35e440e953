/** Which actions on which resources a request to S3 is, as IAM counts them. */
import type { IncomingHttpHeaders } from "node:http";
import { sourceOf } from "./versions.ts";

export interface Asked {
  action: string;
  resource: string;
}

/** All of them have to be allowed: a copy reads its source as well. What can't be told is `*`, which only a principal that may everything passes. */
export function s3Calls({
  method = "GET",
  url = "/",
  headers,
}: {
  method?: string | undefined;
  url?: string | undefined;
  headers: IncomingHttpHeaders;
}): Asked[] {
  const { pathname, searchParams } = new URL(url, "http://local");
  const [bucket = "", ...parts] = decodeURIComponent(pathname).slice(1).split("/");
  const key = parts.join("/");
  if (bucket === "") return [{ action: "s3:ListAllMyBuckets", resource: "*" }];
  const resource = `arn:aws:s3:::${bucket}`;
  if (key === "") {
    const list = searchParams.has("versions") ? "s3:ListBucketVersions" : "s3:ListBucket";
    const actions: Record<string, string> = { GET: list, HEAD: "s3:ListBucket", PUT: "s3:CreateBucket", DELETE: "s3:DeleteBucket", POST: "s3:DeleteObject" };
    return [{ action: actions[method] ?? "*", resource }];
  }
  const version = (has: boolean) => (has ? "Version" : "");
  const which = version(searchParams.has("versionId"));
  const actions: Record<string, string> = {
    GET: `s3:GetObject${which}`,
    HEAD: `s3:GetObject${which}`,
    PUT: "s3:PutObject",
    POST: "s3:PutObject",
    DELETE: `s3:DeleteObject${which}`,
  };
  const source = sourceOf(headers);
  return [
    { action: actions[method] ?? "*", resource: `${resource}/${key}` },
    ...(source === null ? [] : [{ action: `s3:GetObject${version(source.versionId !== null)}`, resource: `arn:aws:s3:::${source.bucket}/${source.key}` }]),
  ];
}

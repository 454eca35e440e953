/** CORS as an HTTP API with a CORS configuration does it: the gateway answers preflights itself, and its headers replace those of the function. */

export interface Cors {
  /** Whether pages of this origin may call. */
  allows(origin: string | undefined): boolean;
  /** Headers that belong on an answer to this origin. */
  answer(origin: string | undefined, path: string): Record<string, string>;
  /** Headers of the answer to a preflight; null when the gateway has no CORS configuration and hands OPTIONS to the routes. */
  preflight(origin: string | undefined): Record<string, string> | null;
}

/** The one document that any page may load: the drop-in button's script, which has no data in it. */
const openTo = "/dormouse-button.js";
const allowHeaders = "authorization,content-type,dormouse-background,idempotency-key,if-match,if-none-match";
const allowMethods = "GET,POST,PUT,PATCH,DELETE,OPTIONS";
const exposeHeaders = "Retry-After,ETag,Location,Idempotency-Replayed";

/** `allowedOrigins`: comma-separated origins, or `*`; empty: no CORS. */
export function corsOf(allowedOrigins: string): Cors {
  const list = allowedOrigins
    .split(",")
    .map((origin) => origin.trim().replace(/\/$/, ""))
    .filter((origin) => origin !== "");
  const allowed = (origin: string | undefined) => origin !== undefined && (list.includes("*") || list.includes(origin));
  const originHeader = (origin: string): Record<string, string> =>
    list.includes("*") ? { "access-control-allow-origin": "*" } : { "access-control-allow-origin": origin, vary: "origin" };
  return {
    allows: allowed,
    answer(origin, path): Record<string, string> {
      if (path === openTo) return { "access-control-allow-origin": "*" };
      if (origin === undefined || !allowed(origin)) return {};
      return { ...originHeader(origin), "access-control-expose-headers": exposeHeaders };
    },
    preflight(origin): Record<string, string> | null {
      if (list.length === 0) return null;
      if (origin === undefined || !allowed(origin)) return {};
      return {
        ...originHeader(origin),
        "access-control-allow-methods": allowMethods,
        "access-control-allow-headers": allowHeaders,
        "access-control-max-age": "600",
      };
    },
  };
}

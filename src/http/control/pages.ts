/** The console's page, the button element for other pages, the API's document, and `/health`. All public. */

import { scriptHash, styleHash } from "virtual:console";
import type { Route } from "../api.ts";
import { type DocumentOptions, documentRoutes } from "./documents.ts";
import { fileRoute } from "./files.ts";

export interface PageOptions extends DocumentOptions {
  authUrl: string;
  authClientId: string;
  /** Where the page uploads to; empty: nowhere. */
  uploadsOrigin: string;
}

export function pageRoutes({ authUrl, authClientId, uploadsOrigin, ...options }: PageOptions): Route[] {
  const { part, folder } = options;
  const auth = new URL(authUrl).origin;
  // Inside a script element only "<" could end it.
  const settings = JSON.stringify({ authUrl, clientId: authClientId, part }).replaceAll("<", "\\u003c");
  const csp = [
    "default-src 'none'",
    `script-src 'sha256-${scriptHash}'`,
    `style-src 'sha256-${styleHash}'`,
    `connect-src 'self' ${auth}${uploadsOrigin === "" ? "" : ` ${uploadsOrigin}`}`,
    "img-src data:",
    `form-action ${auth}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return [
    fileRoute({
      path: "/",
      name: "console.html",
      folder,
      fill: (html) => html.replace("/*SETTINGS*/", () => settings),
      type: "text/html; charset=utf-8",
      // Asked for each time, and sent only when it is another.
      headers: () => ({ "cache-control": "no-cache", "content-security-policy": csp }),
    }),
    fileRoute({
      path: "/dormouse-button.js",
      name: "dormouse-button.js",
      folder,
      type: "text/javascript; charset=utf-8",
      // Any page may load it: it holds no secret, and asks the API in the name of that page's user.
      headers: () => ({
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        "cache-control": "public, max-age=3600",
      }),
    }),
    ...documentRoutes(options),
    { method: "GET", path: "/health", handler: () => ({ status: 200, body: { status: "ok" } }) },
  ];
}

/** The console's page, the button element for other pages, the API's document, and `/health`. All public. */

import { js } from "virtual:button";
import { html, scriptHash, styleHash } from "virtual:console";
import type { Route } from "../api.ts";
import { type DocumentOptions, documentRoutes } from "./documents.ts";

export interface PageOptions extends DocumentOptions {
  authUrl: string;
  authClientId: string;
}

export function pageRoutes({ authUrl, authClientId, ...options }: PageOptions): Route[] {
  const { part } = options;
  const auth = new URL(authUrl).origin;
  // Inside a script element only "<" could end it.
  const settings = JSON.stringify({ authUrl, clientId: authClientId, part }).replaceAll("<", "\\u003c");
  const page = html.replace("/*SETTINGS*/", () => settings);
  const csp = [
    "default-src 'none'",
    `script-src 'sha256-${scriptHash}'`,
    `style-src 'sha256-${styleHash}'`,
    `connect-src 'self' ${auth}`,
    "img-src data:",
    `form-action ${auth}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return [
    {
      method: "GET",
      path: "/",
      handler: () => ({ status: 200, body: page, headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": csp } }),
    },
    {
      method: "GET",
      path: "/dormouse-button.js",
      handler: () => ({
        status: 200,
        body: js,
        // Any page may load it: it holds no secret, and asks the API in the name of that page's user.
        headers: {
          "content-type": "text/javascript; charset=utf-8",
          "access-control-allow-origin": "*",
          "cross-origin-resource-policy": "cross-origin",
          "cache-control": "public, max-age=3600",
        },
      }),
    },
    ...documentRoutes(options),
    { method: "GET", path: "/health", handler: () => ({ status: 200, body: { status: "ok" } }) },
  ];
}

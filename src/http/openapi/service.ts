/** What needs no token: the console and its button, this document, health. */
import { health, openApi, page } from "./control-schemas.ts";
import { type Operation, operation } from "./operation.ts";

const cached = { headers: ["ETag", "Cache-Control"] } as const;

export const operations: readonly Operation[] = [
  operation({
    id: "getHealth",
    method: "GET",
    path: "/health",
    tag: "Service",
    summary: "Whether anything answers",
    description: "Says nothing of the database.",
    responses: { 200: { description: "It does.", schema: health, example: { status: "ok" } } },
  }),
  operation({
    id: "getConsole",
    method: "GET",
    path: "/",
    tag: "Service",
    summary: "The console",
    responses: { 200: { description: "A page.", schema: page, contentType: "text/html; charset=utf-8" } },
  }),
  operation({
    id: "getButton",
    method: "GET",
    path: "/dormouse-button.js",
    tag: "Service",
    summary: "The button for other pages",
    responses: {
      200: {
        description: "A module that defines `<dormouse-button>`.",
        schema: page,
        contentType: "text/javascript; charset=utf-8",
        headers: ["Cache-Control"],
      },
    },
  }),
  operation({
    id: "getOpenApi",
    method: "GET",
    path: "/openapi.json",
    tag: "Service",
    summary: "This document",
    headers: ["If-None-Match"],
    responses: { 200: { description: "OpenAPI 3.1.", schema: openApi, ...cached }, 304: { description: "It is what you have.", ...cached } },
  }),
  operation({
    id: "getDocs",
    method: "GET",
    path: "/docs",
    tag: "Service",
    summary: "This document, for people",
    headers: ["If-None-Match"],
    responses: {
      200: { description: "A page.", schema: page, contentType: "text/html; charset=utf-8", ...cached },
      304: { description: "It is what you have.", ...cached },
    },
  }),
];

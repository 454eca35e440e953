/**
 * The pages behind the links in mails: `/notifications/confirm` and `/notifications/unsubscribe`. Public: who has the mail may. Looking at one does nothing,
 * because programs that look through mails open every link; the button acts by POST, as does the reader's own program (RFC 8058).
 */
import * as z from "zod/mini";
import { localeAccepted } from "../../finance/profile.ts";
import { actByLink, type ByLinkPorts } from "../../notifications/by-link.ts";
import type { LinkClaims, LinkTokens } from "../../notifications/links.ts";
import { linkPages } from "../../notifications/render.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { parseQuery } from "../validate.ts";

export interface MailLinkDeps extends Omit<ByLinkPorts, "tagOf"> {
  tokens: LinkTokens;
}

/** Programs on the way of a mail hang things on its links: what else there is does not matter. */
export const linkQuery = z.object({ token: z._default(z.optional(z.string()), "") });

const escaped = (text: string) => text.replace(/[<&>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

function page(status: number, language: string, title: string, inside: string): Reply {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><title>${escaped(title)}</title>`;
  return {
    status,
    body: `<!doctype html><html lang="${language}"><head>${head}</head><body><main><h1>${escaped(title)}</h1>${inside}</main></body></html>`,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    },
  };
}

export function mailLinkRoutes({ tokens, ...ports }: MailLinkDeps): Route[] {
  const wordsFor = (request: ApiRequest) => linkPages(localeAccepted(request.event.headers?.["accept-language"]) ?? "en");
  const claimsOf = async (request: ApiRequest, does: LinkClaims["does"]): Promise<LinkClaims | null> => {
    const claims = await tokens.read(parseQuery(linkQuery, request.query).token);
    return claims?.does === does ? claims : null;
  };
  const over = (request: ApiRequest): Reply => {
    const { pages, language } = wordsFor(request);
    return page(410, language, pages.over.title, `<p>${escaped(pages.over.text)}</p>`);
  };

  const show = (does: LinkClaims["does"]) => async (request: ApiRequest) => {
    if ((await claimsOf(request, does)) === null) return over(request);
    const { pages, language } = wordsFor(request);
    const { title, ask, button } = pages[does];
    // Without an action the form posts to its own page's address, the token with it.
    return page(200, language, title, `<p>${escaped(ask)}</p><form method="post"><button type="submit">${escaped(button)}</button></form>`);
  };
  const act = (does: LinkClaims["does"]) => async (request: ApiRequest) => {
    const claims = await claimsOf(request, does);
    if (claims === null || (await actByLink({ ...ports, tagOf: tokens.tagOf }, claims)) === "over") return over(request);
    const { pages, language } = wordsFor(request);
    return page(200, language, pages[does].title, `<p>${escaped(pages[does].done)}</p>`);
  };
  return (["confirm", "unsubscribe"] as const).flatMap((does): Route[] => [
    { method: "GET", path: `/notifications/${does}`, handler: show(does) },
    // The reader's program posts a form: what it says is known.
    { method: "POST", path: `/notifications/${does}`, handler: act(does), anyBody: true },
  ]);
}

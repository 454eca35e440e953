/** A page that shows the mails that Dormouse would have sent, as they would look; the links in them work. */
import { escapeHtml } from "./issuer/page.ts";
import type { Mail, Mails } from "./mail/mails.ts";
import type { SnsMail } from "./mail/sns.ts";
import { type Served, serve } from "./serve.ts";

export interface MailboxOptions {
  mails: Mails;
  /** What the links in SNS's mails do. */
  sns: Pick<SnsMail, "confirm" | "unsubscribe">;
  port?: number;
}

/** So many are shown. */
const SHOWN = 100;

const style = `:root{color-scheme:light dark}body{max-width:44rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}article{padding:1rem 0;border-top:1px solid}h2{margin:0;font-size:1.125rem}pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}.soft{opacity:.75;margin:0}iframe{width:100%;min-height:18rem;border:1px solid;background:#fff;color-scheme:light}`;

/** Links in a text as links; everything else is text. */
const linked = (text: string) =>
  text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, i) => (i % 2 === 0 ? escapeHtml(part) : `<a href="${escapeHtml(part)}" target="_blank" rel="noreferrer">${escapeHtml(part)}</a>`))
    .join("");

/** A mail's page stands in a frame of its own, in which nothing runs. */
const bodyOf = ({ html, text }: Mail) =>
  html === undefined
    ? `<pre>${linked(text)}</pre>`
    : `<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title="The mail" srcdoc="${escapeHtml(`<base target="_blank">${html}`)}"></iframe><details><summary>As text</summary><pre>${linked(text)}</pre></details>`;

const article = (mail: Mail) => {
  const at = new Date(mail.at).toISOString();
  return `<article><h2>${escapeHtml(mail.subject)}</h2><p class="soft">to ${escapeHtml(mail.to)} from ${escapeHtml(mail.from)}, <time datetime="${at}">${at}</time></p>${bodyOf(mail)}</article>`;
};

const page = (title: string, inside: string) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${style}</style></head><body><main><h1>${title}</h1>${inside}</main></body></html>`;

export async function startMailbox({ mails, sns, port }: MailboxOptions): Promise<Served> {
  return await serve(
    async (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://local");
      const show = (html: string) =>
        response
          .writeHead(200, {
            "content-type": "text/html; charset=utf-8",
            "cache-control": "no-store",
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
          })
          .end(html);
      const token = searchParams.get("token") ?? "";
      // As in AWS: the link itself acts.
      if (request.method === "GET" && pathname === "/sns/confirm") return void show(page("AWS Notification", `<p>${sns.confirm(token)}</p>`));
      if (request.method === "GET" && pathname === "/sns/unsubscribe") return void show(page("AWS Notification", `<p>${sns.unsubscribe(token)}</p>`));
      if (request.method !== "GET" || !["/", "/mailbox", "/mailbox.json"].includes(pathname))
        return void response.writeHead(404, { "content-type": "text/plain" }).end("There is nothing here; the mailbox is at /mailbox.\n");
      const all = mails.list();
      // For programs that look for a mail.
      if (pathname === "/mailbox.json") return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(all));
      const list = all.slice(-SHOWN).reverse().map(article).join("");
      const more = all.length > SHOWN ? `<p>The newest ${SHOWN} of ${all.length}.</p>` : "";
      show(page("Dormouse mailbox", `${more}${list || "<p>No mail yet.</p>"}`));
    },
    { port: port ?? 0, orAnother: true },
  );
}

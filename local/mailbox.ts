/** A page that shows the mails that Dormouse would have sent: the messages of the queue `dormouse-mailbox`, which it reads and never takes. */
import { escapeHtml } from "./issuer/page.ts";
import { type Served, serve } from "./serve.ts";

export const mailboxQueue = "dormouse-mailbox";

export interface Mail {
  to: string;
  subject: string;
  text: string;
}

const style = `:root{color-scheme:light dark}body{max-width:44rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}article{padding:1rem 0;border-top:1px solid}h2{margin:0;font-size:1.125rem}pre{white-space:pre-wrap;font:inherit}.soft{opacity:.75;margin:0}`;

export async function startMailbox(options: { peek(queue: string): Promise<{ body: string; sentAt: number }[]>; port?: number }): Promise<Served> {
  return await serve(
    async (request, response) => {
      const path = new URL(request.url ?? "/", "http://local").pathname;
      if (request.method !== "GET" || !["/", "/mailbox"].includes(path))
        return void response.writeHead(404, { "content-type": "text/plain" }).end("There is nothing here; the mailbox is at /mailbox.\n");
      const mails = (await options.peek(mailboxQueue)).map(({ body, sentAt }) => ({ ...readMail(body), sentAt })).reverse();
      const list = mails
        .map(
          (mail) =>
            `<article><h2>${escapeHtml(mail.subject)}</h2><p class="soft">to ${escapeHtml(mail.to)}, <time datetime="${new Date(mail.sentAt).toISOString()}">${new Date(mail.sentAt).toISOString()}</time></p><pre>${escapeHtml(mail.text)}</pre></article>`,
        )
        .join("");
      response.writeHead(200, {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
      });
      response.end(
        `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Dormouse mailbox</title><style>${style}</style></head><body><main><h1>Mailbox</h1>${list || "<p>No mail yet.</p>"}</main></body></html>`,
      );
    },
    { port: options.port ?? 0, orAnother: true },
  );
}

/** A message that is no mail is shown as it is, rather than hidden. */
function readMail(body: string): Mail {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null && "to" in value && "subject" in value && "text" in value) {
      return { to: String(value.to), subject: String(value.subject), text: String(value.text) };
    }
  } catch {
    // Shown below.
  }
  return { to: "?", subject: "(a message that is no mail)", text: body };
}

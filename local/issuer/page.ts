/** The page on which people pick a name. Everything is inside it: no outside asset, no script. */

export interface SignInPage {
  /** Query parameters of the authorization request, sent back with the form. */
  fields: Record<string, string>;
  problem?: string;
  name?: string;
}

const style = `
:root { color-scheme: light dark; --paper: #f7f3ec; --card: #fffdf9; --ink: #2b2622; --soft: #665c52; --line: #d9cfc1; --go: #7a4a1d; --go-ink: #fffdf9; --bad: #a32020; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171f; --card: #1d212c; --ink: #ece7df; --soft: #b3aca2; --line: #3a4050; --go: #e0a868; --go-ink: #1d1508; --bad: #ff9c92; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--paper); color: var(--ink); font: 1.0625rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 24rem; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 1rem; }
svg { display: block; width: 4.5rem; height: 4.5rem; margin: 0 auto .5rem; color: var(--go); }
h1 { margin: 0 0 .25rem; font-size: 1.5rem; line-height: 1.2; text-align: center; }
p { margin: 0 0 1.25rem; color: var(--soft); text-align: center; }
label { display: block; font-weight: 600; }
input[type=text] { width: 100%; margin: .375rem 0 1rem; padding: .625rem .75rem; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--soft); border-radius: .5rem; }
.check { display: flex; gap: .625rem; align-items: baseline; margin-bottom: 1.25rem; font-weight: 400; }
.check small { display: block; color: var(--soft); }
button { width: 100%; padding: .75rem; font: inherit; font-weight: 600; color: var(--go-ink); background: var(--go); border: 0; border-radius: .5rem; cursor: pointer; }
:focus-visible { outline: 3px solid var(--go); outline-offset: 2px; }
.problem { color: var(--bad); text-align: left; font-weight: 600; }
`;

const picture = `<svg viewBox="0 0 64 64" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" aria-hidden="true"><circle cx="19" cy="20" r="7"/><circle cx="45" cy="20" r="7"/><path d="M12 37a20 17 0 0 1 40 0c0 11-9 17-20 17s-20-6-20-17Z"/><path d="M22 36q3 3 6 0M36 36q3 3 6 0M30 44q2 2 4 0"/></svg>`;

export function signInPage(page: SignInPage): string {
  const hidden = Object.entries(page.fields)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join("");
  return document(
    "Sign in to Dormouse",
    `${picture}<h1>Who are you?</h1><p>This is Dormouse on your own machine: any name will do.</p>
${page.problem ? `<p class="problem" role="alert" id="problem">${escapeHtml(page.problem)}</p>` : ""}
<form method="post" action="/oauth2/authorize">${hidden}
<label for="name">Pick a name</label>
<input type="text" id="name" name="name" value="${escapeHtml(page.name ?? "")}" required maxlength="64" autocomplete="username" autocapitalize="none" spellcheck="false" autofocus${page.problem ? ' aria-invalid="true" aria-describedby="problem"' : ""}>
<label class="check"><input type="checkbox" name="operator" value="1"><span>operator<small>may also send the database to sleep and keep it awake</small></span></label>
<button type="submit">Sign in</button>
</form>`,
  );
}

export function messagePage(title: string, text: string): string {
  return document(title, `${picture}<h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>`);
}

/** Content-Security-Policy of these pages; `redirect` is the console's origin, to which the form's answer leads. */
export function pagePolicy(redirect: string): string {
  return `default-src 'none'; style-src 'unsafe-inline'; form-action 'self' ${redirect}; base-uri 'none'; frame-ancestors 'none'`;
}

function document(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><main>${body}</main></body></html>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

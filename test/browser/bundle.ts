/** The page and the button as the build makes them, and the page as the server answers it. */
import { buttonScript, type ConsolePage, consolePage } from "../../scripts/build/console.ts";

export interface ConsoleBundle {
  page: ConsolePage;
  button: string;
}

export async function bundleConsole(): Promise<ConsoleBundle> {
  const [page, button] = await Promise.all([consolePage(), buttonScript()]);
  return { page, button };
}

/** The document for one place: the settings as JSON in which no `<` can end the script element, and the policy that fits. */
export function fillPage(page: ConsolePage, settings: { authUrl: string; clientId: string; part: string }): { html: string; policy: string } {
  const json = JSON.stringify(settings).replaceAll("<", "\\u003c");
  const auth = new URL(settings.authUrl).origin;
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${page.scriptHash}'`,
    `style-src 'sha256-${page.styleHash}'`,
    `connect-src 'self' ${auth}`,
    "img-src data:",
    `form-action ${auth}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return { html: page.html.replace("/*SETTINGS*/", () => json), policy };
}

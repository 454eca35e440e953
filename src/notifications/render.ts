/** From an item to a mail, from the item alone. Pure. */
import { type News, readNews } from "./data.ts";
import type { Notification } from "./notification.ts";
import { english } from "./text/english.ts";
import { type Format, format } from "./text/format.ts";
import { german } from "./text/german.ts";
import type { Said, Texts } from "./text/texts.ts";

export interface Mail {
  /** One line below 100 characters, as SNS wants it. */
  subject: string;
  text: string;
  html: string;
}

const languages: Readonly<Record<string, Texts>> = { en: english, de: german };

/** How to write for a locale (BCP 47): its numbers and days only where its words are ours as well, or one sentence would be in two languages. */
function voice(locale: string): { texts: Texts; format: Format; language: string } {
  const language = locale.split("-")[0]?.toLowerCase() ?? "";
  const texts = languages[language];
  if (texts === undefined) return { texts: english, format: format("en"), language: "en" };
  try {
    return { texts, format: format(locale), language };
  } catch {
    return { texts, format: format(language), language };
  }
}

function say({ kind, data }: News, texts: Texts, how: Format): Said {
  switch (kind) {
    case "budget-threshold":
      return texts[kind](data, how);
    case "large-expense":
      return texts[kind](data, how);
    case "report-ready":
      return texts[kind](data, how);
    case "weekly-recap":
      return texts[kind](data, how);
  }
}

/** What it says, for a list of them; of one that this version can't read, just that. */
export function summary({ kind, data, language }: Pick<Notification, "kind" | "data" | "language">): { subject: string; text: string } {
  const news = readNews(kind, data);
  const { texts, format: how } = voice(language);
  const { subject, paragraphs } = news === null ? texts.unreadable() : say(news, texts, how);
  return { subject: oneLine(subject), text: paragraphs.join(" ") };
}

/** `unsubscribe`: a page that stops all mails, for senders that bring no link of their own. Null when this version can't read the item. */
export function render(item: Pick<Notification, "kind" | "data" | "language">, links: { unsubscribe?: string } = {}): Mail | null {
  const news = readNews(item.kind, item.data);
  if (news === null) return null;
  const { texts, format: how, language } = voice(item.language);
  const { why, unsubscribe } = texts.footer;
  const small = [{ text: why }, ...(links.unsubscribe === undefined ? [] : [{ text: unsubscribe, link: links.unsubscribe }])];
  return mail(say(news, texts, how), small, language);
}

/** Asks an address whether its owner wants mails. `link` is the page where they say yes. */
export function confirmationMail(locale: string, address: string, link: string): Mail {
  const { texts, language } = voice(locale);
  return mail(texts.confirmation(address), [{ text: texts.confirm, link }], language);
}

/** What the pages behind the links say, and in which language. */
export function linkPages(locale: string): { pages: Texts["pages"]; language: string } {
  const { texts, language } = voice(locale);
  return { pages: texts.pages, language };
}

interface Small {
  text: string;
  link?: string;
}

function mail({ subject, paragraphs }: Said, small: readonly Small[], language: string): Mail {
  const line = ({ text, link }: Small) => (link === undefined ? text : `${text} ${link}`);
  const part = ({ text, link }: Small) => (link === undefined ? escaped(text) : `<a href="${escaped(link)}">${escaped(text.replace(/:$/, ""))}</a>`);
  return {
    subject: oneLine(subject),
    text: `${paragraphs.join("\n\n")}\n\n--\n${small.map(line).join("\n")}\n`,
    html: `<!doctype html><html lang="${language}"><body>${paragraphs.map((text) => `<p>${escaped(text)}</p>`).join("")}<hr>${small.map((one) => `<p><small>${part(one)}</small></p>`).join("")}</body></html>`,
  };
}

const MAX_SUBJECT = 99;

/** Names are people's own: no line may break out of the subject, and none is too long. */
function oneLine(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  const signs = [...clean];
  return signs.length <= MAX_SUBJECT && clean.length <= MAX_SUBJECT ? clean : `${cut(signs, MAX_SUBJECT - 1)}…`;
}

/** The first signs that fill at most so many UTF-16 units. */
function cut(signs: readonly string[], limit: number): string {
  let kept = "";
  for (const sign of signs) {
    if (kept.length + sign.length > limit) break;
    kept += sign;
  }
  return kept.trimEnd();
}

const escaped = (text: string) => text.replace(/[<&>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** What there is to tell: the newest notifications, which of them are unread, and what became of their mails. */
import type { Api } from "../api.ts";
import { busy, h, part, say, setText, show, time } from "../dom.ts";
import { pageOf } from "../finance/types.ts";
import { problemOf } from "../problem.ts";
import { isRecord } from "../types.ts";
import type { Write } from "../writes.ts";
import { isNews, type News } from "./types.ts";
import { mailWords, unreadWords } from "./words.ts";

export interface NewsView {
  /** Reads the newest. Throws ApiError. */
  load(): Promise<void>;
}

const PAGE = 5;
const MOST = 100;

export function newsView(api: Api, write: Write, now: () => number): NewsView {
  const list = part("news", HTMLElement);
  const title = part("news-title", HTMLElement);
  const error = part("news-error", HTMLElement);
  const more = part("news-more", HTMLButtonElement);
  let items: News[] = [];
  let next: string | null = null;
  let unread = 0;
  let drawn = "";

  const mark = async (news: News) => {
    say(error, null);
    try {
      const read = !news.read;
      await write("PATCH", `/notifications/${news.id}`, { read });
      unread = Math.max(0, unread + (read ? -1 : 1));
      items = items.map((each) => (each.id === news.id ? { ...each, read } : each));
      draw();
    } catch (failure) {
      say(error, problemOf(failure).detail);
    }
  };

  const row = (news: News): HTMLLIElement => {
    const isNew = !news.read;
    const name = isNew ? "Mark as read" : "Mark as unread";
    const button = h("button", { type: "button", class: "quiet slim", "aria-label": `${name}: ${news.subject}` }, name);
    button.addEventListener("click", () => void busy(button, () => mark(news)));
    const mail = mailWords(news);
    return h(
      "li",
      { class: isNew ? "unread" : false, "data-id": news.id },
      h("p", {}, h("strong", {}, news.subject), " ", isNew ? h("span", { class: "tag" }, "New") : null),
      h("p", {}, news.text),
      mail === null ? null : h("p", { class: "soft small-print" }, mail),
      h("p", { class: "row small-print soft" }, time(news.createdAt, now()), button),
    );
  };

  const draw = () => {
    setText(part("news-unread", HTMLElement), unreadWords(unread));
    show(part("news-unread", HTMLElement), unread > 0);
    const text = JSON.stringify([items, next]);
    if (text === drawn) return;
    drawn = text;
    // The list is read again by itself: that must not take the keyboard's place away.
    const at = list.contains(document.activeElement) ? document.activeElement?.closest("li")?.getAttribute("data-id") : null;
    list.replaceChildren(...items.map(row));
    if (at) ([...list.children].find((each) => each.getAttribute("data-id") === at)?.querySelector("button") ?? title).focus();
    show(part("news-empty", HTMLElement), items.length === 0);
    show(more, next !== null);
  };

  const read = async (background: boolean, cursor: string | null, limit: number) => {
    const from = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const body = await api("GET", `/notifications?limit=${limit}${from}`, { background });
    const page = pageOf(body, isNews);
    items = cursor === null ? page.items : [...items, ...page.items];
    next = page.next;
    if (isRecord(body) && typeof body.unread === "number") unread = body.unread;
    draw();
  };

  more.addEventListener("click", () => {
    void busy(more, async () => {
      say(error, null);
      const before = items.length;
      await read(false, next, PAGE).catch((failure) => say(error, problemOf(failure).detail));
      if (more.hasAttribute("hidden")) list.querySelectorAll("button")[before]?.focus();
    });
  });
  return { load: () => read(true, null, Math.min(MOST, Math.max(PAGE, items.length))) };
}

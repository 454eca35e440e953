/** What a language has to say. */
import type { DataOf } from "../data.ts";
import type { Kind } from "../kinds.ts";
import type { Format } from "./format.ts";

export interface Said {
  subject: string;
  paragraphs: readonly string[];
}

/** A page behind a link: what it asks, what its button says, and what it says then. */
export interface LinkPage {
  title: string;
  ask: string;
  button: string;
  done: string;
}

export type Texts = { readonly [K in Kind]: (data: DataOf<K>, format: Format) => Said } & {
  /** Of a kind or a shape that this version does not know. */
  unreadable(): Said;
  footer: { why: string; unsubscribe: string };
  /** The mail that asks whether the address's owner wants mails. */
  confirmation(address: string): Said;
  confirm: string;
  pages: { confirm: LinkPage; unsubscribe: LinkPage; over: { title: string; text: string } };
};

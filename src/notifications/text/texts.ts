/** What a language has to say. */
import type { DataOf } from "../data.ts";
import type { Kind } from "../kinds.ts";
import type { Format } from "./format.ts";

export interface Said {
  subject: string;
  paragraphs: readonly string[];
}

export type Texts = { readonly [K in Kind]: (data: DataOf<K>, format: Format) => Said } & {
  /** Of a kind or a shape that this version does not know. */
  unreadable(): Said;
  footer: { why: string; unsubscribe: string };
  /** The mail that asks whether the address's owner wants mails. */
  confirmation(address: string): Said;
  confirm: string;
};

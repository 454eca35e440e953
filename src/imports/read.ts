/** A bank's file from its bytes to its rows, with how it was read. Memory does not grow with the file: a piece at a time. */

import { readCsv } from "./csv.ts";
import { decoded, encodingNamed, guessEncoding, HEAD_BYTES } from "./encoding.ts";
import { type Guess, guessMapping, type Said } from "./mapping.ts";
import { ofxEncoding, readOfx } from "./ofx.ts";
import type { Into, ReadRow } from "./row.ts";
import type { Format } from "./words.ts";

/** What a user may say of the file. */
export interface SaidOfFile extends Said {
  /** A label of the Encoding Standard: `utf-8`, `windows-1252`, … */
  encoding?: string | undefined;
}

export interface HowRead {
  encoding: string;
  /** The encoding was guessed, and may well be another. */
  encodingUnsure: boolean;
  /** null for OFX, which says itself what is what. */
  csv: Guess | null;
}

export type Opened = { ok: true; how: HowRead; rows: AsyncGenerator<ReadRow> } | { ok: false; why: string };

/** Takes the beginning off, and gives the whole back. */
async function headOf(bytes: AsyncIterable<Uint8Array>): Promise<{ head: Uint8Array; whole: boolean; all: () => AsyncGenerator<Uint8Array> }> {
  const source = bytes[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let size = 0;
  let whole = false;
  while (size < HEAD_BYTES && !whole) {
    const next = await source.next();
    if (next.done === true) whole = true;
    else {
      pieces.push(next.value);
      size += next.value.length;
    }
  }
  const head = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    head.set(piece, at);
    at += piece.length;
  }
  async function* all() {
    if (size > 0) yield head;
    while (!whole) {
      const next = await source.next();
      if (next.done === true) return;
      yield next.value;
    }
  }
  return { head: head.subarray(0, HEAD_BYTES), whole: whole && size <= HEAD_BYTES, all };
}

const wholeLines = (text: string): string => {
  const end = Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r"));
  return end === -1 ? text : text.slice(0, end + 1);
};

/** Looks at the beginning; the rows follow as they are asked for. `ok: false`, with the end of a sentence that begins with "The file": it can't be read so. */
export async function openFile(format: Format, bytes: AsyncIterable<Uint8Array>, said: SaidOfFile, into: Into): Promise<Opened> {
  const { head, whole, all } = await headOf(bytes);
  if (head.length === 0) return { ok: false, why: "is empty" };
  const named = said.encoding === undefined ? undefined : encodingNamed(said.encoding);
  if (named === null) return { ok: false, why: `can't be read as ${JSON.stringify(said.encoding?.slice(0, 40))}: there is no such encoding` };
  const guessed = guessEncoding(head);
  // Its own header is Latin letters in any encoding; a byte order mark, and what is UTF-8 throughout, are surer than it.
  const ofItself = format === "csv" || guessed.sure ? null : ofxEncoding(new TextDecoder("latin1").decode(head.subarray(0, 2000)));
  const encoding = named ?? ofItself ?? guessed.label;
  const how = { encoding, encodingUnsure: named === undefined && ofItself === null && !guessed.sure };
  if (format !== "csv") {
    if (!/<OFX>/i.test(new TextDecoder(encoding).decode(head))) return { ok: false, why: `is no ${format.toUpperCase()}: it has no <OFX>` };
    return { ok: true, how: { ...how, csv: null }, rows: readOfx(decoded(all(), encoding), into) };
  }
  const text = new TextDecoder(encoding).decode(head, { stream: true });
  const found = guessMapping(whole ? text : wholeLines(text), said, into);
  if (!found.ok) return found;
  return { ok: true, how: { ...how, csv: found.guess }, rows: readCsv(decoded(all(), encoding), found.guess.mapping, into) };
}

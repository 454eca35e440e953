/**
 * A file's bytes as text. A byte order mark is believed; what is UTF-8 throughout is UTF-8; the rest is guessed by its bytes' frequencies (chardet), and shown, so
 * that its user can say otherwise.
 */
import { analyse } from "chardet";

export interface Encoding {
  /** A label of the Encoding Standard: what `TextDecoder` takes. */
  label: string;
  /** false: guessed by frequencies. */
  sure: boolean;
}

/** Bytes that are looked at for the guess. */
export const HEAD_BYTES = 64 * 1024;

function decodes(bytes: Uint8Array, label: string): boolean {
  try {
    // `stream`: the head may end within a character.
    new TextDecoder(label, { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** The label in the Standard's own spelling; null for one that it has not. */
export function encodingNamed(label: string): string | null {
  try {
    return new TextDecoder(label.trim()).encoding;
  } catch {
    return null;
  }
}

/** UTF-16 without a mark: text that is mostly Latin has a zero in every second byte. */
function halfZeros(bytes: Uint8Array): "utf-16le" | "utf-16be" | null {
  const zeros = [0, 0];
  const looked = Math.min(bytes.length, 2000);
  for (let i = 0; i < looked; i++) if (bytes[i] === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1;
  const many = looked / 5;
  const [even = 0, odd = 0] = zeros;
  if (odd > many && even < odd / 10) return "utf-16le";
  if (even > many && odd < even / 10) return "utf-16be";
  return null;
}

/** What a bank's file in a language of one byte a character is likely in, where the frequencies leave it open: the one that Windows in the west writes. */
const LIKELY = "windows-1252";
const OF_WINDOWS: Readonly<Record<string, string>> = { "iso-8859-1": LIKELY, "iso-8859-9": "windows-1254" };

/** The encoding of a file that begins with these bytes (`HEAD_BYTES` of them, or all). */
export function guessEncoding(head: Uint8Array): Encoding {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { label: "utf-8", sure: true };
  if (head[0] === 0xff && head[1] === 0xfe) return { label: "utf-16le", sure: true };
  if (head[0] === 0xfe && head[1] === 0xff) return { label: "utf-16be", sure: true };
  const sixteen = halfZeros(head);
  if (sixteen !== null) return { label: sixteen, sure: true };
  if (decodes(head, "utf-8")) return { label: "utf-8", sure: true };
  for (const { name, confidence } of analyse(head)) {
    const label = encodingNamed(OF_WINDOWS[name.toLowerCase()] ?? name);
    // UTF-8 and UTF-16 were looked for above, and are known not to be it.
    if (label === null || label.startsWith("utf-") || confidence < 20 || !decodes(head, label)) continue;
    return { label, sure: false };
  }
  return { label: LIKELY, sure: false };
}

/** The text of the bytes, piece by piece. What the encoding has not becomes U+FFFD, which rows report. */
export async function* decoded(bytes: AsyncIterable<Uint8Array>, label: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(label);
  for await (const piece of bytes) {
    const text = decoder.decode(piece, { stream: true });
    if (text !== "") yield text;
  }
  const rest = decoder.decode();
  if (rest !== "") yield rest;
}

/** What a text holds that its bytes did not say. */
export const UNREADABLE = "\uFFFD";

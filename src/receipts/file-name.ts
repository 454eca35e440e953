/** Names that people give their files: what is taken, and how it goes into a header. Pure. */
import { type ContentType, calledBy, typeNamed } from "./file-type.ts";

/** In characters (code points). */
export const MAX_NAME = 150;

/** Controls, line and paragraph separators, what turns the direction of text round (a `gpj.exe` that reads `exe.jpg`), and what can't be seen at all (but not the joiners of emoji and of Persian). */
const hidden = /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u;

/** Why a name is not taken: the end of a sentence that begins with the field; null when it is. */
export function nameFault(fileName: string): string | null {
  const length = [...fileName].length;
  if (length < 1 || length > MAX_NAME) return `must be a name of 1 to ${MAX_NAME} characters`;
  if (!fileName.isWellFormed()) return "must not hold half of a surrogate pair";
  if (/[/\\]/.test(fileName)) return "must be a name without folders: no / and no \\";
  if (hidden.test(fileName)) return "must not hold characters that can't be seen or that turn the text's direction round";
  if (typeNamed(fileName) === null) return "must end in .jpg, .jpeg, .png, .pdf or .gif";
  return null;
}

/** Why a name does not go with a type; null when it does. */
export function mismatch(fileName: string, type: ContentType): string | null {
  return typeNamed(fileName) === type ? null : `must be the type that the name promises, and ${type} is ${calledBy(type)}`;
}

const percent = (byte: number) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;

/**
 * `Content-Disposition` for a download (RFC 6266): a browser saves the file and never shows it as a page. Two names: one of plain ASCII for old clients, and
 * the whole one as RFC 8187 writes it. Nothing of the name can end a quoted string or a header.
 */
export function attachment(fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]/gu, "_").replace(/["\\%]/g, "_");
  const whole = [...new TextEncoder().encode(fileName)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /^[A-Za-z0-9!#$&+.^_`|~-]$/.test(character) ? character : percent(byte);
    })
    .join("");
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}

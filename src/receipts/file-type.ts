/** What a receipt may be, and how one tells by its first bytes. Pure. */

interface FileType {
  /** For sentences: "it is not …". */
  called: string;
  /** What its name may end in, the usual one first. */
  extensions: readonly [string, ...string[]];
  /** What it begins with, byte for byte: one of these. */
  begins: readonly (readonly number[])[];
}

const ascii = (text: string) => [...text].map((character) => character.charCodeAt(0));

/** Signatures after the formats' own specifications: JFIF and Exif (ITU-T T.81, SOI and the next marker), PNG (5.2), PDF 2.0 (7.5.2), GIF87a and GIF89a. */
const fileTypes = {
  "image/jpeg": { called: "a JPEG image", extensions: ["jpg", "jpeg"], begins: [[0xff, 0xd8, 0xff]] },
  "image/png": { called: "a PNG image", extensions: ["png"], begins: [[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]] },
  "application/pdf": { called: "a PDF document", extensions: ["pdf"], begins: [ascii("%PDF-")] },
  "image/gif": { called: "a GIF image", extensions: ["gif"], begins: [ascii("GIF87a"), ascii("GIF89a")] },
} as const satisfies Record<string, FileType>;

export type ContentType = keyof typeof fileTypes;

export const contentTypes = Object.keys(fileTypes) as [ContentType, ...ContentType[]];

export const isContentType = (value: unknown): value is ContentType => typeof value === "string" && Object.hasOwn(fileTypes, value);

/** So many first bytes tell every type apart. */
export const FIRST_BYTES = 16;

/** In bytes; the smallest file has one. */
export const MAX_SIZE = 10 * 1024 * 1024;

/** The extension under which a type is kept. */
export const extensionOf = (type: ContentType): string => fileTypes[type].extensions[0];

/** "a PNG image". */
export const calledBy = (type: ContentType): string => fileTypes[type].called;

/** What a file's first bytes say it is; null: nothing that a receipt may be. */
export function typeOf(first: Uint8Array): ContentType | null {
  for (const type of contentTypes) if (fileTypes[type].begins.some((begin) => begin.every((byte, at) => first[at] === byte))) return type;
  return null;
}

/** The type that a file's name promises; null: none that a receipt may be. */
export function typeNamed(fileName: string): ContentType | null {
  const extension = /\.([a-z]+)$/i.exec(fileName)?.[1]?.toLowerCase();
  if (extension === undefined) return null;
  return contentTypes.find((type) => (fileTypes[type].extensions as readonly string[]).includes(extension)) ?? null;
}

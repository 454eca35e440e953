/** Words that a request may say of a file, without what reads one. */
export const formats = ["csv", "ofx", "qfx"] as const;
export type Format = (typeof formats)[number];

export const separators = [",", ";", "\t", "|"] as const;
export type Separator = (typeof separators)[number];

/** What people are told of. Pure, and without the texts: who only asks what there is need not carry them. */

export const KINDS = ["budget-threshold", "large-expense", "report-ready", "weekly-recap"] as const;
export type Kind = (typeof KINDS)[number];

export const isKind = (value: unknown): value is Kind => KINDS.some((kind) => kind === value);

/** For each kind, whether its user wants a mail. */
export type Preferences = Readonly<Record<Kind, boolean>>;

/**
 * Before anybody has chosen: what comes of something that its user has asked for. A large expense is one only above a limit that they set; the weekly recap
 * has its preference alone to be asked for with.
 */
export const defaultPreferences: Preferences = { "budget-threshold": true, "large-expense": true, "report-ready": true, "weekly-recap": false };

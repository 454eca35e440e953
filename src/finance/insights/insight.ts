/** What every insight is: a sentence for people, the figures behind it, and how they were found. */
import type { Day } from "../day.ts";
import type { Unconverted } from "./spend.ts";

export interface Insight<Figures> {
  /** What a person would say. */
  sentence: string;
  from: Day;
  to: Day;
  /** Of all amounts that name no other. */
  currency: string;
  figures: Figures;
  /** How it was computed. */
  method: string;
  /** What stands in no figure, for want of a rate. */
  unconverted: Unconverted[];
}

/** For whom an insight is made. */
export interface Reader {
  currency: string;
  /** BCP 47. */
  locale: string;
}

/** A category as figures name it; null: none. */
export interface Named {
  categoryId: string | null;
  name: string | null;
}

/** What spending without a category is called in a sentence. */
export const UNCATEGORISED = "no category";

export const nameIn = (name: string | null): string => name ?? UNCATEGORISED;

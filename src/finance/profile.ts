/** What Dormouse knows of a user beside their rows. Pure. */
import type { Calendar } from "./calendar.ts";

export interface Profile {
  sub: string;
  name: string;
  email: string | null;
  /** ISO 4217: what summaries are shown in. */
  displayCurrency: string;
  /** BCP 47. */
  locale: string;
  calendar: Calendar;
}

export const defaultProfile = (sub: string): Profile => ({
  sub,
  name: "",
  email: null,
  displayCurrency: "EUR",
  locale: "en",
  calendar: { timeZone: "UTC", changes: [{ from: "0001-01-01", firstWeekday: 1, payday: null }] },
});

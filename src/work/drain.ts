/** What the outbox holds, brought to where it goes: notifications into their table, and what else has a carrier. */
import { notificationCarriers } from "../notifications/carry.ts";
import { type Carrier, type DrainPorts, drainOutbox, type Outbox } from "../notifications/drain.ts";
import type { NotificationItem } from "../notifications/notification.ts";

export interface DrainWorkDeps {
  outbox: Outbox;
  put(item: NotificationItem): Promise<boolean>;
  profiles: { read(sub: string): Promise<{ locale: string }> };
  /** For what is no notification. */
  carriers?: Readonly<Record<string, Carrier>>;
  /** Milliseconds. */
  now(): number;
  report: DrainPorts["report"];
}

/** Each call drains all there is. A user's language is asked for once in a call. */
export const drainWork =
  ({ outbox, put, profiles, carriers = {}, now, report }: DrainWorkDeps) =>
  async (): Promise<void> => {
    const languages = new Map<string, Promise<string>>();
    const languageOf = (userId: string) => {
      const known = languages.get(userId) ?? profiles.read(userId).then(({ locale }) => locale);
      languages.set(userId, known);
      return known;
    };
    await drainOutbox({ outbox, carriers: { ...notificationCarriers({ put, languageOf, now }), ...carriers }, report });
  };

/** Mails that would have been sent, kept in a file of one line each: what was accepted stays over a restart. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Mail {
  from: string;
  to: string;
  subject: string;
  text: string;
  /** Shown in place of the text where there is one. */
  html?: string;
  /** As sent beside it: `List-Unsubscribe` and such. */
  headers?: Record<string, string>;
  /** Milliseconds since the epoch. */
  at: number;
}

export interface Mails {
  add(mail: Mail): void;
  /** Newest last. */
  list(): readonly Mail[];
}

/** Written before it is accepted: a mail that was lost by a crash was never there. */
export function mailsIn(dataDir: string): Mails {
  const file = join(dataDir, "mails.jsonl");
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const mails = lines.flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as Mail];
    } catch {
      // The line that a crash cut off.
      return [];
    }
  });
  return {
    add(mail) {
      appendFileSync(file, `${JSON.stringify(mail)}\n`);
      mails.push(mail);
    },
    list: () => mails,
  };
}

/** The entry of a bundle, for `bundle.test.ts`: draws a report with nothing around it. */
import { reportPdf } from "../../src/reports/pdf/report.ts";
import { asked, entry, made, paged } from "./made.ts";

const it = made(asked("2026-10-01", "2026-10-31"), [entry("2026-10-02", 1250, { merchant: "Ταβέρνα «Пятёрочка»" })]);
const parts: Uint8Array[] = [];
for await (const part of reportPdf(it.data, paged(it.rows), { language: "de", locale: "de-DE", name: "Ann Example", madeAt: 0, compress: false }))
  parts.push(part);
process.stdout.write(Buffer.concat(parts));

/** Files that go with expenses. They go straight to where they are kept, and are looked at there before they count; all of it works while the database sleeps. */
import type { Api } from "../api.ts";
import { ApiError, type Problem, unreachable } from "../problem.ts";
import { isRecord } from "../types.ts";
import type { Write } from "../writes.ts";

export interface Receipts {
  /** Whether there are receipts at all. */
  there(): Promise<boolean>;
  /** Uploads a file, and waits until it was looked at: its id. Throws ApiError, with the reason at the field `receiptId` where the file is not one that may be. */
  add(file: Pick<File, "name" | "type" | "size"> & Blob): Promise<string>;
  /** A link that downloads it, for a while. Throws ApiError. */
  link(id: string): Promise<string>;
}

export interface ReceiptsDeps {
  api: Api;
  write: Write;
  fetch: typeof fetch;
  /** Milliseconds. */
  wait(ms: number): Promise<void>;
}

const TYPES: Record<string, string> = { jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", pdf: "application/pdf", gif: "image/gif" };
/** In bytes: no larger file is taken. */
const LARGEST = 10 * 1024 * 1024;
/** A slow line takes its time for 10 MB (ms). */
const UPLOAD_MS = 300_000;
/** An upload is looked at within seconds; so often it is asked for, each second. */
const LOOKS = 30;

const refused = (sentence: string): ApiError => {
  const problem: Problem = { ...unreachable, status: 422, title: "Not a receipt", detail: sentence, fields: { receiptId: sentence } };
  return new ApiError(problem);
};

/** What a file is by its name, as the API has it; null: nothing that a receipt may be. */
export function typeNamed(name: string): string | null {
  const extension = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(TYPES, extension) ? (TYPES[extension] ?? null) : null;
}

/** What is wrong about the API's words for the file is wrong about the one field that there is. */
function atField(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const [sentence] = Object.values(error.problem.fields);
  return sentence === undefined ? error : refused(sentence);
}

interface Upload {
  url: string;
  fields: Record<string, unknown>;
}
const isUpload = (value: unknown): value is Upload => isRecord(value) && typeof value.url === "string" && isRecord(value.fields);

export function createReceipts({ api, write, fetch, wait }: ReceiptsDeps): Receipts {
  const read = async (id: string) => {
    const body = await api("GET", `/receipts/${id}`, { background: true });
    if (!isRecord(body)) throw new ApiError(unreachable);
    return body;
  };

  async function send({ url, fields }: Upload, file: Blob): Promise<void> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, String(value));
    // What stands behind the file is not read.
    form.append("file", file);
    const answer = await fetch(url, { method: "POST", body: form, credentials: "omit", signal: AbortSignal.timeout(UPLOAD_MS) }).catch(() => null);
    if (answer === null) throw refused("It could not be uploaded. Look at your connection, and choose it again.");
    if (!answer.ok) throw refused(`It could not be uploaded (${answer.status}). Choose it again.`);
  }

  return {
    async there() {
      try {
        await api("GET", "/receipts?limit=1", { background: true });
        return true;
      } catch {
        return false;
      }
    },
    async add(file) {
      const contentType = typeNamed(file.name);
      if (contentType === null) throw refused("Choose a JPEG, PNG, GIF or PDF.");
      if (file.size > LARGEST) throw refused("It is larger than 10 MB.");
      if (file.size === 0) throw refused("It is empty.");
      const made = await write("POST", "/receipts", { fileName: file.name, contentType, size: file.size }).catch((error) => {
        throw atField(error);
      });
      if (!isRecord(made) || typeof made.id !== "string") throw refused("The API answered something that this page does not know. Reload the page.");
      if (isUpload(made.upload)) await send(made.upload, file);
      for (let looked = 0; looked < LOOKS; looked++) {
        const { state, reason } = await read(made.id);
        if (state === "ready") return made.id;
        if (state === "refused") throw refused(typeof reason === "string" ? reason : "It was refused.");
        await wait(1000);
      }
      throw refused("It was uploaded, and nobody has looked at it yet. Choose it again in a while.");
    },
    async link(id) {
      const { download } = await read(id);
      if (!isRecord(download) || typeof download.url !== "string") throw refused("Its file is not there.");
      return download.url;
    },
  };
}

import { describe, expect, it } from "vitest";
import type { Api } from "../../../src/console/api.ts";
import { createReceipts, typeNamed } from "../../../src/console/finance/receipts.ts";
import { ApiError, problemOf, readProblem } from "../../../src/console/problem.ts";
import type { Write } from "../../../src/console/writes.ts";

const upload = { url: "https://files.example/uploads", fields: { key: "uploads/u/r", policy: "p" } };

/** Receipts over an API that makes `made` and then shows `looks`, one after another, the last for ever; S3 answers `s3` (null: nothing does). */
function setUp({ made = { id: "r", upload } as unknown, looks = [{ state: "ready" }] as unknown[], s3 = 204 as number | null } = {}) {
  const sent: { url: string; form: FormData }[] = [];
  const asked: string[] = [];
  const written: unknown[] = [];
  let waited = 0;
  const api: Api = async (_method, path) => {
    asked.push(path);
    return looks.length > 1 ? looks.shift() : looks[0];
  };
  const write: Write = async (_method, _path, body) => {
    written.push(body);
    if (made instanceof ApiError) throw made;
    return made;
  };
  const receipts = createReceipts({
    api,
    write,
    fetch: async (url, options) => {
      if (s3 === null) throw new TypeError("no network");
      sent.push({ url: String(url), form: options?.body as FormData });
      return new Response(null, { status: s3 });
    },
    wait: async (ms) => {
      waited += ms;
    },
  });
  return { receipts, sent, asked, written, waited: () => waited };
}
const file = (name = "a.png", size = 3) => new File([new Uint8Array(size)], name);
/** The sentence that stands at the field. */
const refusal = async (work: Promise<unknown>) => {
  const problem = problemOf(await work.then(() => null).catch((error: unknown) => error));
  expect(problem.fields).toEqual({ receiptId: problem.detail });
  return problem.detail;
};

describe("a file that goes with an expense", () => {
  it("is told by its name, whatever the case", () => {
    expect(["a.JPG", "b.jpeg", "c.tar.png", "d.pdf", "e.GIF"].map(typeNamed)).toEqual([
      "image/jpeg",
      "image/jpeg",
      "image/png",
      "application/pdf",
      "image/gif",
    ]);
    expect(["a.html", "png", "a.png.exe", "a.", "a.constructor"].map(typeNamed)).toEqual([null, null, null, null, null]);
  });

  it("goes with the form's fields before it, and is waited for until it was looked at", async () => {
    const { receipts, sent, asked, written, waited } = setUp({ looks: [{ state: "awaiting" }, { state: "awaiting" }, { state: "ready" }] });
    expect(await receipts.add(file())).toBe("r");
    expect(written).toEqual([{ fileName: "a.png", contentType: "image/png", size: 3 }]);
    expect(sent.map(({ url, form }) => [url, [...form.keys()]])).toEqual([[upload.url, ["key", "policy", "file"]]]);
    expect([asked.length, waited()]).toEqual([3, 2000]);
  });

  it("is not sent once more when it is there already", async () => {
    const { receipts, sent } = setUp({ made: { id: "r", state: "ready", upload: null } });
    expect(await receipts.add(file())).toBe("r");
    expect(sent).toEqual([]);
  });

  it("is refused before anything is asked for when it can't be one", async () => {
    const { receipts, written } = setUp();
    expect(await refusal(receipts.add(file("a.html")))).toMatch(/^Choose a JPEG/);
    expect(await refusal(receipts.add(file("a.png", 0)))).toBe("It is empty.");
    expect(await refusal(receipts.add(file("a.png", 10 * 1024 * 1024 + 1)))).toBe("It is larger than 10 MB.");
    expect(written).toEqual([]);
  });

  it("says at its field what went wrong, wherever that was", async () => {
    const problem = readProblem(422, null, {
      detail: "Some fields do not fit.",
      errors: [{ pointer: "/fileName", detail: "must have at most 100 characters" }],
    });
    expect(await refusal(setUp({ made: new ApiError(problem) }).receipts.add(file()))).toBe("must have at most 100 characters");
    expect(await refusal(setUp({ s3: null }).receipts.add(file()))).toMatch(/could not be uploaded\. Look at your connection/);
    expect(await refusal(setUp({ s3: 403 }).receipts.add(file()))).toMatch(/\(403\)/);
    expect(await refusal(setUp({ looks: [{ state: "refused", reason: "It is not a PNG image." }] }).receipts.add(file()))).toBe("It is not a PNG image.");
    const forgotten = setUp({ looks: [{ state: "awaiting" }] });
    expect(await refusal(forgotten.receipts.add(file()))).toMatch(/nobody has looked at it yet/);
    expect(forgotten.waited()).toBe(30_000);
  });

  it("passes on what is not about the file", async () => {
    const asleep = new ApiError(readProblem(503, "5", { detail: "Not now." }));
    await expect(setUp({ made: asleep }).receipts.add(file())).rejects.toBe(asleep);
  });

  it("is had by a link, while it is there", async () => {
    const { receipts } = setUp({
      looks: [
        { state: "ready", download: { url: "https://files.example/r" } },
        { state: "refused", download: null },
      ],
    });
    expect(await receipts.link("r")).toBe("https://files.example/r");
    expect(await refusal(receipts.link("r"))).toBe("Its file is not there.");
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attachment, mismatch, nameFault } from "../../src/receipts/file-name.ts";
import { contentTypes, extensionOf, isContentType, typeNamed, typeOf } from "../../src/receipts/file-type.ts";
import { fault } from "../../src/receipts/inspect.ts";
import { receiptAt, receiptKey, uploadAt, uploadKey } from "../../src/receipts/place.ts";
import { isThere, parseReceipt, UnknownReceipt } from "../../src/receipts/receipt.ts";
import { beginningOf } from "./files.ts";

const id = "019aa5d0-0c44-7a55-b7de-3f1c2a9b8d70";

describe("a file's type", () => {
  it("is told by its first bytes alone", () => {
    for (const type of contentTypes) expect(typeOf(beginningOf(type))).toBe(type);
    for (const text of ["<!doctype html><script>", "GIF", "%PDF", "\x89PNG\r\n", "PK\x03\x04", "MZ", "", " %PDF-1.7", "<svg"])
      expect(typeOf(Buffer.from(text, "latin1"))).toBe(null);
  });

  it("is told by few bytes, and by no others", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 16 }), (bytes) => {
        const type = typeOf(bytes);
        if (type !== null) expect(Buffer.from(bytes).toString("latin1")).toMatch(/^(ÿØÿ|.PNG\r\n.\n|%PDF-|GIF8[79]a)/u);
      }),
      { seed: 6, numRuns: 300 },
    );
  });

  it("is promised by the name's last extension, whatever its case", () => {
    expect(["a.jpg", "a.JPEG", "b.tar.Png", "c.pdf", "d.gif", "e.html.gif"].map(typeNamed)).toEqual([
      "image/jpeg",
      "image/jpeg",
      "image/png",
      "application/pdf",
      "image/gif",
      "image/gif",
    ]);
    for (const name of ["a", ".", "a.", "a.html", "a.svg", "a.pdf.exe", "a.png ", "constructor"]) expect(typeNamed(name)).toBe(null);
    expect(["constructor", "__proto__", "text/html", 7, null].some(isContentType)).toBe(false);
  });
});

describe("a file's name", () => {
  it.each(["receipt.pdf", "Café Zürich – 12,50 €.jpg", "領収書.png", "קבלה.gif", "a b'(c)*%.jpeg", ".pdf", "👩‍🍳.png", "می‌خواهم.jpg"])("may be %j", (name) => {
    expect(nameFault(name)).toBe(null);
  });

  it.each([
    ["", "must be a name of 1 to 150 characters"],
    [`${"x".repeat(147)}.png`, "must be a name of 1 to 150 characters"],
    ["../a.png", "must be a name without folders: no / and no \\"],
    ["a\\b.png", "must be a name without folders: no / and no \\"],
    ["a\0.png", "must not hold characters that can't be seen or that turn the text's direction round"],
    ["a\r\nSet-Cookie: x.png", "must not hold characters that can't be seen or that turn the text's direction round"],
    ["exe.\u202egnp.png", "must not hold characters that can't be seen or that turn the text's direction round"],
    ["a\u200b.png", "must not hold characters that can't be seen or that turn the text's direction round"],
    ["\ud800.png", "must not hold half of a surrogate pair"],
    ["page.html", "must end in .jpg, .jpeg, .png, .pdf or .gif"],
    ["png", "must end in .jpg, .jpeg, .png, .pdf or .gif"],
  ])("may not be %j", (name, why) => {
    expect(nameFault(name)).toBe(why);
  });

  it("has to promise the type that is announced", () => {
    expect(mismatch("a.jpeg", "image/jpeg")).toBe(null);
    expect(mismatch("a.jpeg", "image/png")).toBe("must be the type that the name promises, and image/png is a PNG image");
  });

  it("goes into a download's header in both forms, and nothing of it ends the header or the quotes", () => {
    expect(attachment("receipt.pdf")).toBe(`attachment; filename="receipt.pdf"; filename*=UTF-8''receipt.pdf`);
    expect(attachment('Zürich "50%" 👍.png')).toBe(`attachment; filename="Z_rich _50__ _.png"; filename*=UTF-8''Z%C3%BCrich%20%2250%25%22%20%F0%9F%91%8D.png`);
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 12 }), (name) => {
        const header = attachment(name);
        const [, plain = "", whole = ""] = /^attachment; filename="([^"\\]*)"; filename\*=UTF-8''([A-Za-z0-9!#$&+.^_`|~%-]*)$/.exec(header) ?? [];
        expect(header).toBe(`attachment; filename="${plain}"; filename*=UTF-8''${whole}`);
        expect(header).toMatch(/^[\x20-\x7e]*$/);
        if (name.isWellFormed()) expect(decodeURIComponent(whole)).toBe(name);
      }),
      { seed: 6, numRuns: 60 },
    );
  });
});

describe("a place in the bucket", () => {
  it("is its user's, and read back as it was written", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }), fc.constantFrom(...contentTypes), (userId, type) => {
        const owned = { userId, id };
        expect(uploadAt(uploadKey(owned))).toEqual(owned);
        expect(receiptAt(receiptKey(owned, type))).toEqual(owned);
        expect(uploadKey(owned).split("/")).toHaveLength(3);
        expect(uploadAt(receiptKey(owned, type))).toBe(null);
      }),
      { seed: 6, numRuns: 300 },
    );
    expect(receiptKey({ userId: "ann", id }, "image/jpeg")).toBe(`receipts/ann/${id}.jpg`);
    expect(uploadKey({ userId: "../bob", id })).toBe(`uploads/%2E%2E%2Fbob/${id}`);
  });

  it.each([
    `uploads/ann/${id}.png`,
    `uploads/${id}`,
    `uploads/a/b/${id}`,
    `uploads/%61nn/${id}`,
    `uploads/%/${id}`,
    `uploads//${id}`,
    `reports/ann/${id}`,
    `uploads/ann/${id}\n`,
  ])("%j is nobody's", (key) => {
    expect(uploadAt(key)).toBe(null);
  });
});

describe("a receipt", () => {
  const item = { v: 1, userId: "ann", id, fileName: "a.png", contentType: "image/png", size: 7, state: "awaiting", createdAt: 5, expiresAt: 9 };

  it("is read from its item, with nothing that is missing made up", () => {
    expect(parseReceipt(item)).toEqual({
      userId: "ann",
      id,
      fileName: "a.png",
      contentType: "image/png",
      size: 7,
      state: "awaiting",
      reason: null,
      key: null,
      versionId: null,
      createdAt: 5,
      expiresAt: 9000,
      attachedAt: null,
      requestHash: null,
    });
  });

  it.each([{ v: 2 }, { state: "gone" }, { contentType: "text/html" }, { size: "7" }, { key: 7 }, { userId: undefined }])(
    "is not read when its item has %j",
    (change) => {
      expect(() => parseReceipt({ ...item, ...change })).toThrow(UnknownReceipt);
    },
  );

  it("is there until it expires or leaves", () => {
    const receipt = parseReceipt(item);
    expect([
      isThere(receipt, 8999),
      isThere(receipt, 9000),
      isThere({ ...receipt, expiresAt: null }, 9e15),
      isThere({ ...receipt, state: "leaving" }, 0),
    ]).toEqual([true, false, true, false]);
  });

  it("is refused in a sentence that says what the file is", () => {
    const png = { contentType: "image/png", fileName: "a.png" } as const;
    expect(fault(png, { first: beginningOf("image/png"), size: 9 })).toBe(null);
    expect(fault(png, { first: beginningOf("application/pdf"), size: 9 })).toBe("a.png is not a PNG image, whatever its name says: it is a PDF document.");
    expect(fault(png, { first: Buffer.from("<html>"), size: 9 })).toBe(
      "a.png is not a PNG image, whatever its name says. A receipt may be a JPEG, PNG or GIF image or a PDF document.",
    );
    expect(fault(png, { first: new Uint8Array(), size: 0 })).toBe("a.png is empty.");
    expect(fault(png, { first: beginningOf("image/png"), size: 10 * 1024 * 1024 + 1 })).toBe("a.png is larger than 10 MB.");
    expect(contentTypes.map(extensionOf)).toEqual(["jpg", "png", "pdf", "gif"]);
  });
});

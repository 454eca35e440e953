/** The TLS certificate of the instance's endpoint, and the authority that signed it, kept beside the world. */
import { X509Certificate } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface Certificates {
  /** PEM; what clients trust. */
  ca: string;
  certificate: string;
  key: string;
}

const day = 86_400_000;

/** Reads them from `dir`, or makes new ones when there are none or they end within a month. Names: 127.0.0.1 and localhost. */
export async function certificatesIn(dir: string, now: number): Promise<Certificates> {
  const file = join(dir, "tls.json");
  const kept = await readFile(file, "utf8").then(
    (text) => JSON.parse(text) as Certificates,
    () => null,
  );
  if (kept && new X509Certificate(kept.certificate).validToDate.getTime() > now + 30 * day) return kept;
  const made = await make(now);
  await mkdir(dir, { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(made), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return made;
}

async function make(now: number): Promise<Certificates> {
  // Loaded only here: it takes a third of a second, and a later start has its certificates.
  const { generate } = await import("selfsigned");
  const common = { keyType: "ec", algorithm: "sha256", notBeforeDate: new Date(now - day), notAfterDate: new Date(now + 3650 * day) } as const;
  const ca = await generate([{ name: "commonName", value: "Dormouse local RDS authority" }], {
    ...common,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const leaf = await generate([{ name: "commonName", value: "localhost" }], {
    ...common,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "keyUsage", digitalSignature: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  return { ca: ca.cert, certificate: leaf.cert, key: leaf.private };
}

/** Modules that `scripts/build` makes for the bundle of `control`; they exist in no other place. */
declare module "virtual:console" {
  /** SHA-256 in base64 of the page's inline script and of its inline style, for `'sha256-…'` in the content security policy. */
  export const scriptHash: string;
  export const styleHash: string;
}

declare module "virtual:routes" {
  /** Every route of `system.json` with a path, in its order. */
  export const routes: readonly { method: string; path: string }[];
}

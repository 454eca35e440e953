/** Modules that `scripts/build` makes for the bundle of `control`; they exist in no other place. */
declare module "virtual:console" {
  /** The page as one document, its script and style inside. */
  export const html: string;
  /** SHA-256 in base64 of the inline script and of the inline style, for `'sha256-…'` in the content security policy. */
  export const scriptHash: string;
  export const styleHash: string;
}

declare module "virtual:button" {
  /** The module that defines `<dormouse-button>`. */
  export const js: string;
}

declare module "virtual:routes" {
  /** Every route of `system.json` with a path, in its order. */
  export const routes: readonly { function: string; part: "lifecycle" | "finance"; method: string; path: string; access: "public" | "user" | "operator" }[];
}

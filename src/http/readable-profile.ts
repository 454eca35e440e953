import { UnknownProfile } from "../finance/profile.ts";
import { readable } from "./readable.ts";

/** What a store of profiles answers. Throws the problem `unavailable` (503) for an item of a newer version: nobody's mistake, and no bug of this one. */
export const readableProfile = readable("Your profile", UnknownProfile);

/**
 * An esbuild plugin that leaves out of a Lambda's bundle what the AWS SDK brings for other places.
 *
 * 1. Credential providers: a Lambda has its credentials in environment variables, so the chain of SSO, profiles, processes, web identity and
 *    instance metadata (with STS, SSO-OIDC and sign-in clients inside) becomes the one provider that reads those.
 * 2. Error classes: a client registers every error of its service, which keeps them all in the bundle. Those that our code names stay, and those of the
 *    imported commands (`@throws` of their types) whose code on the wire is another than their name (RDS). Any other answer arrives as the service's base
 *    exception with its code as `name`, as errors that no model knows always have.
 * 3. Schemas: those of other operations stay because a computed key (`{ [_e]: … }`) might have an effect, for all that a bundler knows. With the constant's
 *    value written out as the key they can go.
 * 4. Event streams: no operation here has one, but importing them lazily keeps half of the protocols from being shaken.
 * 5. Endpoint discovery: DynamoDB's client can look for endpoints with a call of its own; it is off unless switched on, and keeps a cache with it.
 * 6. `package.json` of the clients: only name and version are read (for the user agent).
 * 7. What stands in for parts of Node where there is no Node, or one without OpenSSL: SHA-256 in JavaScript, streams of browsers. And the region from EC2's
 *    metadata: a Lambda has it in its environment.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";

const require = createRequire(import.meta.url);

/** What our own sources import from a client: command names and the rest, by package. */
type Imports = Map<string, Set<string>>;

/** What the sources behind `entry` import from SDK clients by name. Throws when one imports a whole client: nothing could be left out then. */
async function importsOfClients(entry: string, plugins: Plugin[]): Promise<Imports> {
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    packages: "external",
    platform: "node",
    format: "esm",
    metafile: true,
    logLevel: "silent",
    plugins,
  });
  const imports: Imports = new Map();
  for (const file of Object.keys(metafile.inputs)) {
    if (file.includes(":")) continue; // a virtual module
    const source = await readFile(file, "utf8");
    for (const match of source.matchAll(/^(?:import|export)\s+(type\s+)?([^;]*?)\s*from\s+["'](@aws-sdk\/client-[a-z0-9-]+)["']/gm)) {
      const [, isType, names = "", client = ""] = match;
      if (isType) continue;
      if (!names.startsWith("{")) throw new Error(`${file}: import commands and errors of ${client} by name`);
      const known = imports.get(client) ?? new Set<string>();
      imports.set(client, known);
      for (const part of names.replace(/[{}]/g, "").split(",")) {
        const name = part.trim().split(/\s+as\s+/)[0] ?? "";
        if (name !== "" && !name.startsWith("type ")) known.add(name);
      }
    }
  }
  return imports;
}

/** What a bundle needs of a client: the names that our code imports, and the errors that its commands declare. */
interface Needs {
  named: ReadonlySet<string>;
  declared: ReadonlySet<string>;
}

async function needsOf(client: string, named: ReadonlySet<string>): Promise<Needs> {
  const root = dirname(require.resolve(`${client}/package.json`));
  const declared = new Set<string>();
  for (const name of named) {
    if (!name.endsWith("Command")) continue;
    const types = await readFile(join(root, "dist-types", "commands", `${name}.d.ts`), "utf8");
    for (const match of types.matchAll(/@throws \{@link (\w+)\}/g)) if (match[1]) declared.add(match[1]);
  }
  return { named, declared };
}

/** A client's schemas with constant keys written out, and without the registration of errors that nobody needs. */
function leanSchemas(source: string, needs: Needs | undefined): string {
  const constants = new Map([...source.matchAll(/^const (_\w+) = ("[^"\\]*");$/gm)].map(([, name = "", value = ""]) => [name, value]));
  const written = source.replace(/([{,] )\[(_\w+)\]:/g, (all, before: string, name: string) =>
    constants.has(name) ? `${before}${constants.get(name)}:` : all,
  );
  if (!needs) return written;
  // A trait of the schema: the error's code on the wire, where it is not the error's name.
  const renamed = new Set([...written.matchAll(/^export var (\w+)\$ = \[-3, n\d+, _\w+,\s*\{[^}]*"awsQueryError":/gm)].map(([, name]) => name));
  const keep = (name: string) => needs.named.has(name) || (needs.declared.has(name) && renamed.has(name));
  return written.replace(/^n\d+_registry\.registerError\((\w+)\$, \1\);$/gm, (line, name: string) => (keep(name) ? line : ""));
}

const environmentProvider = `
import { fromEnv } from "@aws-sdk/credential-provider-env";
export const defaultProvider = (init) => fromEnv(init);
export const fromNodeProviderChain = (init) => fromEnv(init);
export const credentialsWillNeedRefresh = (credentials) => credentials?.expiration !== undefined;
export const credentialsTreatedAsExpired = (credentials) => credentials?.expiration !== undefined && credentials.expiration.getTime() - Date.now() < 300000;
`;

const noEventStreams = `
const none = () => { throw new Error("event streams are not part of this bundle"); };
export const eventStreamSerdeProvider = none;
export const resolveEventStreamSerdeConfig = (config) => config;
export class EventStreamSerde { constructor() { none(); } }
`;

const noEndpointDiscovery = `
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = { environmentVariableSelector: () => undefined, configFileSelector: () => undefined, default: undefined };
export const resolveEndpointDiscoveryConfig = (config) => config;
`;

const noOtherStreams = `export const sdkStreamMixin = () => { throw new Error("streams are Node's here"); };`;

/** Modules that are replaced: which, and by what. */
const replaced: { filter: RegExp; path: string; contents: string }[] = [
  { filter: /^@aws-sdk\/credential-provider(-node|s)$/, path: "environment", contents: environmentProvider },
  { filter: /^@smithy\/core\/event-streams$/, path: "event-streams", contents: noEventStreams },
  { filter: /^@aws-sdk\/middleware-endpoint-discovery$/, path: "endpoint-discovery", contents: noEndpointDiscovery },
  { filter: /^\.\/Sha256Js$/, path: "sha256", contents: "export const Sha256Js = undefined;" },
  { filter: /^\.\/sdk-stream-mixin\.browser$/, path: "browser-streams", contents: noOtherStreams },
  { filter: /\/getInstanceMetadataRegion$/, path: "metadata-region", contents: "export const getInstanceMetadataRegion = async () => undefined;" },
];

/** The plugin for one entry. `others` are the plugins that the entry's own sources need to be read (virtual modules). */
export async function leanSdk(entry: string, others: Plugin[] = []): Promise<Plugin> {
  const imports = await importsOfClients(entry, others);
  const needs = new Map<string, Needs>();
  for (const [client, names] of imports) needs.set(client, await needsOf(client, names));
  return {
    name: "lean-sdk",
    setup(builder) {
      for (const { filter, path } of replaced)
        builder.onResolve({ filter }, ({ resolveDir }) => ({ path, namespace: "lean-sdk", pluginData: resolveDir, sideEffects: false }));
      builder.onLoad({ filter: /.*/, namespace: "lean-sdk" }, ({ path, pluginData }) => ({
        contents: replaced.find((module) => module.path === path)?.contents ?? "",
        resolveDir: String(pluginData),
      }));
      builder.onLoad({ filter: /[\\/]node_modules[\\/]@aws-sdk[\\/][^\\/]+[\\/]package\.json$/ }, async ({ path }) => {
        const { name, version } = JSON.parse(await readFile(path, "utf8")) as { name: string; version: string };
        return { contents: JSON.stringify({ name, version }), loader: "json" };
      });
      builder.onLoad({ filter: /[\\/]@aws-sdk[\\/]client-[a-z0-9-]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ }, async ({ path }) => {
        const client = /[\\/](client-[a-z0-9-]+)[\\/]dist-es/.exec(path)?.[1];
        return { contents: leanSchemas(await readFile(path, "utf8"), needs.get(`@aws-sdk/${client}`)) };
      });
    },
  };
}

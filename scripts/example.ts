// `npm run example <name>`: starts one of the examples, and lists them without a name.
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../examples/", import.meta.url));
const names = globSync("*/main.ts", { cwd: folder }).map((path) => path.replace(/[\\/]main\.ts$/, ""));

const [name, ...args] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  if (name !== undefined) console.error(`There is no example ${JSON.stringify(name)}.`);
  console.error(`npm run example <name>, with one of: ${names.toSorted().join(", ")}. And npm run demo.`);
  process.exitCode = 1;
} else {
  const child = spawn(process.execPath, [`${folder}${name}/main.ts`, ...args], { stdio: "inherit" });
  // A terminal sends its signals to both processes. A signal to this process alone is passed on.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  child.once("exit", (code) => (process.exitCode = code ?? 1));
}

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

const page = path.join(home, 'src/Api/wwwroot/index.html');
const web = path.join(home, 'src/Web');

/** The server's program: the newest of what was built. */
export function serverProgram(): string {
  const built = ['Release', 'Debug']
    .map((kind) => path.join(home, 'src/Api/bin', kind, 'net10.0/Muse.Api.dll'))
    .filter((file) => existsSync(file))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (built[0] === undefined) throw new Error('the server is not built: dotnet build src/Api -c Release');
  return built[0];
}

/** Builds what is missing or older than its sources. `./muse` has done that before; a test run by hand may not have. */
export default function setup(): void {
  try {
    serverProgram();
  } catch {
    execFileSync('dotnet', ['build', 'src/Api', '-c', 'Release', '-v', 'q', '--nologo'], { cwd: home, stdio: 'inherit' });
  }
  if (existsSync(page) && statSync(page).mtimeMs >= newestIn(path.join(web, 'src'))) return;
  if (!existsSync(path.join(web, 'node_modules'))) execFileSync('npm', ['ci'], { cwd: web, stdio: 'inherit' });
  execFileSync('npm', ['run', '--silent', 'build', '--', '--logLevel', 'warn'], { cwd: web, stdio: 'inherit' });
}

function newestIn(folder: string): number {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) newest = Math.max(newest, statSync(path.join(entry.parentPath, entry.name)).mtimeMs);
  return newest;
}

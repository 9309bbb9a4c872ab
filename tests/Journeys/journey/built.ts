import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

const page = path.join(home, 'src/Api/wwwroot/index.html');
const web = path.join(home, 'src/Web');

/** The server's program. `./muse` has built it before; a test run by hand may not have. */
export const serverProgram = (): string => programOf('src/Api', 'Muse.Api');

/** A project's program: the newest of what was built; built when there is none. */
export function programOf(project: string, name: string): string {
  const built = () => ['Release', 'Debug']
    .map((kind) => path.join(home, project, 'bin', kind, `net10.0/${name}.dll`))
    .filter((file) => existsSync(file))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  if (built() === undefined) execFileSync('dotnet', ['build', project, '-c', 'Release', '-v', 'q', '--nologo'], { cwd: home, stdio: 'inherit' });
  return built()!;
}

/** Builds what is missing, and the pages when they are older than their sources. */
export default function setup(): void {
  serverProgram();
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

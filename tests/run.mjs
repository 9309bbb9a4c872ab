// Runs the suites of suites.json and adds their reports up. The last line is "N passed, N failed, N skipped"; the exit code is 1 when a
// test failed, a suite ran no test, or a suite ended in another way than its report says.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readReport } from './report.mjs';

const home = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const reports = path.join(home, '.muse-build', 'reports');
const { suites } = JSON.parse(readFileSync(path.join(home, 'tests', 'suites.json'), 'utf8'));

const words = process.argv.slice(2);
const long = words.includes('--long');
const wanted = words.filter((word) => word !== '--long');
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(`muse: no suite ${unknown.join(', ')}; there are: ${suites.map((suite) => suite.name).join(' ')}`);
  process.exit(2);
}

const chosen = suites.filter((suite) => (wanted.length === 0 ? long || !suite.long : wanted.includes(suite.name)));
const limitMinutes = long ? 180 : 25;
const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const skips = [];

const fail = (suite, message) => {
  total.failed += 1;
  failures.push(`${suite}: ${message}`);
};
const skip = (suite, reason) => {
  total.skipped += 1;
  skips.push(`${suite}: ${reason}`);
};

/** Ends with the exit code, or -1 when the limit was reached or a signal ended it. */
function run(command, args, { cwd = home, env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } });
    const limit = setTimeout(() => {
      console.error(`muse: stopped after ${limitMinutes} minutes: ${command} ${args.join(' ')}`);
      child.kill('SIGKILL');
    }, limitMinutes * 60_000);
    child.on('error', (error) => { clearTimeout(limit); console.error(`muse: ${error.message}`); resolve(-1); });
    child.on('close', (code) => { clearTimeout(limit); resolve(code ?? -1); });
  });
}

/** Adds a report file up; what the process said and what the report says must agree. */
function add(suite, file, exitCode) {
  if (!existsSync(file)) {
    fail(suite, `ended with code ${exitCode} and wrote no report`);
    return;
  }
  let report;
  try {
    report = readReport(readFileSync(file, 'utf8'));
  } catch (error) {
    fail(suite, `its report cannot be read: ${error.message}`);
    return;
  }
  total.passed += report.passed;
  for (const { name, message } of report.failures) fail(suite, `${name}\n${message}`);
  for (const { name, message } of report.skips) skip(suite, `${name}: ${message || 'no reason given'}`);
  if (report.passed + report.failures.length + report.skips.length === 0) fail(suite, 'ran no test');
  else if (exitCode !== 0 && report.failures.length === 0) fail(suite, `no test failed, but the suite ended with code ${exitCode}`);
}

async function runCheck(suite, command, args, options) {
  const started = Date.now();
  const code = await run(command, args, options);
  console.log(`${suite}: ${command} ${args.join(' ')} ${code === 0 ? 'passed' : `ended with code ${code}`} (${Math.round((Date.now() - started) / 1000)} s)`);
  if (code === 0) total.passed += 1;
  else fail(suite, `${command} ${args.join(' ')} ended with code ${code}`);
}

async function runDotnet(suite) {
  const folder = path.join(home, suite.folder);
  const program = path.join(folder, 'bin', 'Release', 'net10.0', `Muse.${path.basename(suite.folder)}`);
  for (const zone of suite.zones ?? [undefined]) {
    const name = zone ? `${suite.name} (TZ=${zone})` : suite.name;
    console.log(`\n== ${name}`);
    const file = `${suite.name}${zone ? `-${zone.replace('/', '-')}` : ''}.ctrf.json`;
    const code = await run(program, [
      '--no-ansi', '--no-progress', '--report-ctrf', '--report-ctrf-filename', file, '--results-directory', reports,
    ], { cwd: folder, env: { ...(zone ? { TZ: zone } : {}), ...(long ? { MUSE_LONG: '1' } : {}), ...suite.env } });
    add(name, path.join(reports, file), code);
  }
}

async function installPackages(folder) {
  const lock = readFileSync(path.join(folder, 'package-lock.json'), 'utf8');
  const mark = path.join(folder, 'node_modules', '.muse-lock');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return 0;
  const code = await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder });
  if (code === 0) writeFileSync(mark, lock);
  return code;
}

async function runNode(suite) {
  const folder = path.join(home, suite.folder);
  console.log(`\n== ${suite.name}`);
  if (!existsSync(path.join(folder, 'package.json'))) {
    fail(suite.name, `ran no test: there is no ${suite.folder}/package.json`);
    return;
  }
  if (suite.needs && !existsSync(suite.needs)) {
    skip(suite.name, `the whole suite: ${suite.needs} is missing`);
    return;
  }
  if (await installPackages(folder) !== 0) {
    fail(suite.name, 'npm ci failed');
    return;
  }
  // npm ends with an error when a check named in suites.json is no script of the package.
  for (const check of suite.checks ?? [])
    await runCheck(suite.name, 'npm', ['run', '--silent', check], { cwd: folder });
  const file = path.join(reports, `${suite.name}.json`);
  const code = await run('npm', ['run', '--silent', 'test'], {
    cwd: folder, env: { MUSE_TEST_REPORT: file, ...(long ? { MUSE_LONG: '1' } : {}) },
  });
  add(suite.name, file, code);
}

/** A test project that nobody listed would never run. */
function refuseForgottenSuites() {
  const listed = new Set(suites.map((suite) => suite.folder));
  for (const entry of readdirSync(path.join(home, 'tests')))
    if (entry.endsWith('.Tests') && !listed.has(`tests/${entry}`)) fail('suites', `tests/${entry} is not in tests/suites.json`);
}

rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });
refuseForgottenSuites();

const started = Date.now();
let built = true;
if (chosen.some((suite) => suite.kind !== 'node' || suite.needsApi)) {
  console.log('== build');
  built = await run('dotnet', ['build', 'Muse.sln', '-c', 'Release', '-v', 'q', '-clp:NoSummary']) === 0;
  if (!built) fail('build', 'dotnet build Muse.sln failed');
}
for (const suite of chosen) {
  if (!built && (suite.kind === 'dotnet' || suite.needsApi)) fail(suite.name, 'ran no test: the build failed');
  else if (suite.kind === 'dotnet') await runDotnet(suite);
  else if (suite.kind === 'node') await runNode(suite);
  else {
    console.log(`\n== ${suite.name}`);
    await runCheck(suite.name, suite.command[0], suite.command.slice(1));
  }
}

console.log(`\n== all suites, ${Math.round((Date.now() - started) / 1000)} s`);
for (const line of skips) console.log(`skipped  ${line}`);
for (const line of failures) console.log(`failed   ${line}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;

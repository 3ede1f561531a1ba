import { spawnSync } from 'node:child_process';

const usage = `Usage: npm run test:pg -- <postgres://…> [what to give to vitest]

Runs the tests with their databases on the PostgreSQL at that address, as a role that may create databases. Tests that
start servers with a PostgreSQL of their own keep that.`;

const [url = '', ...rest] = process.argv.slice(2);
if (!/^postgres(ql)?:/.test(url)) {
	console.error(usage);
	process.exitCode = url === '--help' ? 0 : 2;
} else {
	const env = { ...process.env, TEST_DATABASE_URL: url };
	const { status } = spawnSync('npx', ['vitest', 'run', ...rest], { env, stdio: 'inherit' });
	process.exitCode = status ?? 1;
}

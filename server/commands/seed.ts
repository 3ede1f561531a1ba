import { runCommand } from './command.ts';

await runCommand(
	`Usage: npm run seed

Fills an installation without accounts and posts with the demo community: a host, members, the ownership
thread with its definitions, stories and replies. With SEED=none, only the thread's question and introduction.
The server does the same at its first start.`,
	async (installation, { config }) => {
		const [{ Conflict }, { describeDemoHost, fillInstallation }] = await Promise.all([
			import('../errors.ts'),
			import('../installation.ts'),
		]);
		if (!(await fillInstallation(config, installation)))
			throw new Conflict('There is content here already. Nothing was changed.');
		const demoHost = await describeDemoHost(config, { showPassword: true });
		return ['The installation is filled.', demoHost].filter(Boolean).join('\n');
	},
);

import type { Role } from '../accounts/schema.ts';
import type { Config } from '../config.ts';
import type { Installation } from '../installation.ts';
import { runCommand, UsageError } from './command.ts';

const [action = '', ...args] = process.argv.slice(2);

const loadAdministration = () => import('../accounts/administration.ts');

const text = { type: 'string' } as const;
const json = { type: 'boolean' } as const;

const loadSchemas = () => Promise.all([import('../accounts/schema.ts'), import('typebox/value')]);

async function requireRole(role: string): Promise<void> {
	const [{ Role }, { Value }] = await loadSchemas();
	if (!Value.Check(Role, role))
		throw new UsageError(`“${role}” is not a role. Choose member, moderator or host.`);
}

/** Has servers that run read anew what they keep of an account, whose sockets close and come back. */
async function tell(config: Config, installation: Installation, account: number): Promise<void> {
	const { tellServers } = await import('../installation.ts');
	await tellServers(config, { installation, message: { type: 'close', account } });
}

/** What to say of a link that sets the password of an account, and the link. */
async function describeLink(
	{ handle, token }: { handle: string; token: string },
	config: Config,
	installation: Installation,
): Promise<string> {
	const { addressOf, askLocation } = await import('../location.ts');
	const toText = (address: string, hint = '') =>
		`Whoever opens this link within a day sets the password of ${handle}, once${hint}:\n${address}/password-resets/${token}`;
	if (config.origin) return toText(config.origin);
	// the link is there once: it is printed whatever comes between
	const location = await askLocation(config, installation).catch(() => null);
	if (!location)
		return toText(
			addressOf(config.host, config.port),
			'. No server has said where it is: set ORIGIN to the address of the site if this is not it',
		);
	return toText(
		location.address,
		location.isOrigin
			? ''
			: '. It leads to where the server listens: set ORIGIN for the server if people see it at another address',
	);
}

const toText = (rows: Record<string, unknown>[]) => {
	const cells = rows.map((row) => Object.values(row).map((value) => format(value)));
	const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
	return cells
		.map((row) =>
			row
				.map((cell, column) => cell.padEnd(widths![column]!))
				.join('  ')
				.trimEnd(),
		)
		.join('\n');
};

const format = (value: unknown) =>
	value instanceof Date ? value.toISOString().slice(0, 10) : String(value ?? '-');

/** A command that is given a handle, and nothing else but its options. */
const handleOnly = ([handle, ...rest]: string[]) => {
	if (!handle || rest.length > 0) throw new UsageError('Expected: a handle.');
};

const actions: Record<string, () => Promise<void>> = {
	list: () =>
		runCommand(
			`Usage: npm run member -- list [--role <member|moderator|host>] [--json]

Lists the accounts, in the order in which they were opened. “npm run -s member -- list --json” prints JSON alone.`,
			async ({ db }, { options }) => {
				const { listAccounts } = await loadAdministration();
				const rows = await listAccounts(db, options.role as Role | undefined);
				if (options.json) return JSON.stringify(rows, null, '\t');
				return rows.length > 0 ? toText(rows) : 'There are no such accounts.';
			},
			{
				args,
				options: { role: text, json },
				async check(positionals, { role }) {
					if (positionals.length > 0)
						throw new UsageError(`“${positionals[0]}” is not expected here.`);
					if (role !== undefined) await requireRole(role);
				},
			},
		),
	show: () =>
		runCommand(
			`Usage: npm run member -- show <handle> [--json]

Shows an account: who it is, what it may do, since when, and what it has written.`,
			async ({ db }, { positionals, options }) => {
				const { showAccount } = await loadAdministration();
				const account = await showAccount(db, positionals[0]!);
				if (options.json) return JSON.stringify(account, null, '\t');
				return toText(Object.entries(account).map(([name, value]) => ({ name, value })));
			},
			{ args, options: { json }, check: handleOnly },
		),
	password: () =>
		runCommand(
			`Usage: npm run member -- password <handle>

Prints a link by which the member's password can be set once, within a day. Whoever is signed in to the account
is signed out then, and not before.`,
			async (installation, { positionals, config, audit }) => {
				const { openPassword } = await loadAdministration();
				const opened = await openPassword({ ...installation, audit }, positionals[0]!);
				return describeLink(opened, config, installation);
			},
			{ args, check: handleOnly },
		),
	create: () =>
		runCommand(
			`Usage: npm run member -- create <handle> --email <address> [--name <name>] [--role <member|moderator|host>]

Opens an account and prints a link by which its password can be set once, within a day. The first host is also the
host of the threads that wait for one.`,
			async (installation, { positionals, options, config, audit }) => {
				const [handle] = positionals as [string];
				const { email = '', name = handle, role = 'member' } = options;
				const input = { handle, email, name, role: role as Role };
				const { openAccount } = await loadAdministration();
				const account = await openAccount({ ...installation, audit }, input);
				await tell(config, installation, account.id);
				return `${account.handle} is now a ${role}. ${await describeLink(account, config, installation)}`;
			},
			{
				args,
				options: { email: text, name: text, role: text },
				async check(positionals, { email, name, role }) {
					handleOnly(positionals);
					if (!email) throw new UsageError('Expected: --email and an address.');
					if (role !== undefined) await requireRole(role);
					const [{ SignUp }, { Value }] = await loadSchemas();
					const { properties } = SignUp;
					const wrong = [
						[
							properties.handle,
							positionals[0],
							'A handle has 3 to 30 letters, digits or underscores.',
						],
						[properties.email, email, `“${email}” is not an e-mail address.`],
						[properties.name, name ?? positionals[0], 'A name has 1 to 80 characters.'],
					] as const;
					for (const [schema, value, message] of wrong)
						if (!Value.Check(schema, value)) throw new UsageError(message);
				},
			},
		),
	suspend: () =>
		runCommand(
			`Usage: npm run member -- suspend <handle> --reason <words>

Suspends a member, whatever their role: they can read, but not write. They are shown the reason. Named again, it
takes the place of the one before.`,
			async (installation, { positionals, options, config, audit }) => {
				const values = { handle: positionals[0]!, reason: options.reason! };
				const { suspendAccount } = await loadAdministration();
				const { id, handle } = await suspendAccount({ ...installation, audit }, values);
				await tell(config, installation, id);
				return `${handle} is suspended.`;
			},
			{
				args,
				options: { reason: text },
				check(positionals, { reason }) {
					handleOnly(positionals);
					if (!reason?.trim()) throw new UsageError('Expected: --reason and words.');
				},
			},
		),
	unsuspend: () =>
		runCommand(
			`Usage: npm run member -- unsuspend <handle>

Ends a suspension.`,
			async (installation, { positionals, config, audit }) => {
				const values = { handle: positionals[0]!, reason: null };
				const { suspendAccount } = await loadAdministration();
				const { id, handle } = await suspendAccount({ ...installation, audit }, values);
				await tell(config, installation, id);
				return `${handle} is no longer suspended.`;
			},
			{ args, check: handleOnly },
		),
	role: () =>
		runCommand(
			`Usage: npm run member -- role <handle> <member|moderator|host>

Gives a member another role. It counts from their next request on, also while the server runs.`,
			async (installation, { positionals, config, audit }) => {
				const [handle, role] = positionals as [string, Role];
				const { setRole } = await import('../moderation/service.ts');
				const named = await setRole({ ...installation, audit }, { handle, role });
				await tell(config, installation, named.id);
				return `${named.handle} is now a ${named.role}.`;
			},
			{
				args,
				async check([handle, role, ...rest]) {
					if (!handle || !role || rest.length > 0)
						throw new UsageError('Expected: a handle and a role.');
					await requireRole(role);
				},
			},
		),
};

const usage = `Usage: npm run member -- <command> …

  list                     the accounts
  show <handle>            one of them
  create <handle>          opens an account
  password <handle>        makes a link to set a password
  role <handle> <role>     names a member, moderator or host
  suspend <handle>         takes the right to write away
  unsuspend <handle>       gives it back

All work while the server runs. “npm run member -- <command> --help” tells more of each.`;

const run = Object.hasOwn(actions, action) ? actions[action]! : null;
if (run) await run();
else
	await runCommand(usage, async () => usage, {
		check() {
			throw new UsageError(
				action ? `“${action}” is not a command of this.` : 'Expected: a command.',
			);
		},
	});

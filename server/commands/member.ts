import type { Role } from '../accounts/schema.ts';
import { tellServers } from '../installation.ts';
import { setRole } from '../moderation/service.ts';
import { runCommand, UsageError } from './command.ts';

const roles = new Set(['member', 'moderator', 'host']);

await runCommand(
	`Usage: npm run member -- role <handle> <member|moderator|host>

Gives a member another role. It counts from their next request on, also while the server runs.`,
	async (installation, { positionals, config }) => {
		const [, handle, role] = positionals as [string, string, Role];
		const named = await setRole(installation, { handle, role });
		await tellServers(config, { installation, message: { type: 'close', account: named.id } });
		return `${named.handle} is now ${named.role}.`;
	},
	{
		check([action, handle, role, ...rest]) {
			if (action !== 'role' || !handle || !role || rest.length > 0)
				throw new UsageError('Expected: role, a handle, and a role.');
			if (!roles.has(role))
				throw new UsageError(`“${role}” is not a role. Choose member, moderator or host.`);
		},
	},
);

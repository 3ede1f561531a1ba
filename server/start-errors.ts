import { EmbeddedDatabaseError } from '../db/embedded.ts';
import { ConnectError, isDatabaseAway } from '../db/connection.ts';
import { SchemaError } from '../db/migrate.ts';
import { RequirementError } from '../db/requirements.ts';
import { BackupError } from './backups/contents.ts';
import { ConfigError } from './config.ts';
import { Refusal } from './errors.ts';

const sentences = [
	ConfigError,
	EmbeddedDatabaseError,
	RequirementError,
	SchemaError,
	BackupError,
	Refusal,
] as const;

/** What a person needs to know of an error that kept a program from starting: a sentence where we have one. */
export function describeStartError(error: unknown): unknown {
	if (sentences.some((kind) => error instanceof kind)) return (error as Error).message;
	const causes = [...readCauses(error)];
	const { code, message } = (causes.find(({ code }) => code) ?? causes.at(-1)!) as Cause;
	const away = causes.some((cause) => cause instanceof ConnectError || isDatabaseAway(cause));
	if (away || databaseStates.test(code ?? ''))
		return `The database cannot be used: ${describeDatabaseError(code, message)}`;
	const { address, port, syscall } = causes[0] as Cause;
	return describeListenError({ code, address, port, syscall }) ?? error;
}

type Cause = Error & { code?: string; address?: string; port?: number; syscall?: string };

function* readCauses(error: unknown): Generator<Cause> {
	for (let cause = error; cause instanceof Error; cause = cause.cause) yield cause;
}

/** Privileges, names in use or missing: what a database says of the first statements. */
const databaseStates = /^(42501|42P0[67]|42710|3F000|28...|3D000)$/;

/** Never quotes the address: where a character of the password is not encoded, any part of it may be the password's. */
function describeDatabaseError(code: string | undefined, message: string): string {
	switch (code) {
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return 'the host name in DATABASE_URL is not known here. Check its spelling, and the name server.';
		case 'ECONNREFUSED':
			return 'nothing listens at the address in DATABASE_URL. Start PostgreSQL there, or correct its host and port.';
		case 'ENOENT':
			return 'there is no socket of PostgreSQL in the folder that DATABASE_URL names. Start PostgreSQL, or correct the folder.';
		case 'EACCES':
		case 'EPERM':
			return 'this user may not open the socket of PostgreSQL that DATABASE_URL names. Give it access.';
		case 'ETIMEDOUT':
		case 'EHOSTUNREACH':
		case 'ENETUNREACH':
			return 'the host in DATABASE_URL does not answer. Check the network and its firewalls.';
		case '28P01':
			return 'it refuses the user or the password in DATABASE_URL. Correct them; write other signs than letters and digits in percent-encoding, such as %40 for @.';
		case '3D000':
			return 'there is no database of the name in DATABASE_URL. Create it, or correct the name.';
		case '42501':
			return `the role in DATABASE_URL may not do what is needed (${message}). As its owner, run “GRANT CREATE ON DATABASE name TO role” and, in it, “GRANT USAGE, CREATE ON SCHEMA public TO role”.`;
		case '42P07':
		case '42P06':
		case '42710':
			return `something of another application is in the way (${message}). Give Weigh-In a database of its own.`;
		case '3F000':
			return `it has no schema “public” (${message}). Create it with “CREATE SCHEMA public”.`;
		case '53300':
			return 'all its connections are taken. Raise max_connections there, or end what holds them.';
	}
	if (/does not support SSL/.test(message))
		return 'it does not speak TLS, which DATABASE_URL asks for. Switch TLS on there, or set sslmode=disable.';
	if (/^(ERR_TLS|.*CERT|.*SIGNATURE)/.test(code ?? ''))
		return `its certificate is not trusted (${message}). Name the authority in DATABASE_URL with sslrootcert, or set sslmode=no-verify.`;
	if (/timeout/.test(message))
		return 'the host in DATABASE_URL does not answer in time. Check the address, the network and its firewalls.';
	return `${message.replace(/[.\s]+$/, '') || code}.`;
}

function describeListenError({
	code,
	address,
	port,
	syscall,
}: Pick<Cause, 'code' | 'address' | 'port' | 'syscall'>): string | undefined {
	if (syscall === 'getaddrinfo')
		return 'HOST is not a name that this machine knows. Set it to one of its addresses, such as 127.0.0.1, or 0.0.0.0 for all.';
	if (syscall !== 'listen') return undefined;
	switch (code) {
		case 'EADDRINUSE':
			return `Port ${port} is in use by another program. Stop that one, or set PORT to another number.`;
		case 'EACCES':
			return `Port ${port} may not be opened. Set PORT to 1024 or above.`;
		case 'EADDRNOTAVAIL':
		case 'EAFNOSUPPORT':
		case 'EINVAL':
			return `HOST is ${address}, which is not an address of this machine. Set it to one of its addresses, such as 127.0.0.1, or 0.0.0.0 for all.`;
	}
	return undefined;
}

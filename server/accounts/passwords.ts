/** A program for this machine, loaded with the first password. */
const loadArgon2 = () => import('@node-rs/argon2');

/** OWASP Password Storage Cheat Sheet: argon2id (the library's default) with 19 MiB, 2 passes, 1 lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** @returns a PHC string (`$argon2id$…`) */
export async function hashPassword(password: string): Promise<string> {
	const { hash } = await loadArgon2();
	return hash(password.normalize('NFKC'), cost);
}

/** Takes the same time for an account that does not exist (`passwordHash` undefined) as for one that does. */
export async function verifyPassword(
	passwordHash: string | undefined,
	password: string,
): Promise<boolean> {
	const { verify } = await loadArgon2();
	decoy ??= hashPassword('the password of nobody');
	const matches = await verify(passwordHash ?? (await decoy), password.normalize('NFKC'));
	return matches && passwordHash !== undefined;
}

let decoy: Promise<string> | undefined;

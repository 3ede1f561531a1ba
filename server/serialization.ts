import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import type { FastifyServerOptions } from 'fastify';

type BuildSerializer = NonNullable<
	NonNullable<
		NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']
	>['buildSerializer']
>;

/** Fastify's own serializers, each compiled when its first answer goes out: most are first needed long after the start. */
export const buildSerializer: BuildSerializer = (...settings) => {
	const compile = SerializerSelector()(...settings);
	return (route) => {
		let serialize: ReturnType<typeof compile> | undefined;
		return (data) => (serialize ??= compile(route))(data);
	};
};

import type { LightMyRequestResponse } from 'fastify';
import type { Client, TestApp } from '../support/app.ts';

export type Scene = { site: TestApp; host: Client; member: Client };

/** What one input has come to. */
export type Outcome = Pick<LightMyRequestResponse, 'statusCode' | 'body'>;

/** A place where what somebody sends makes work, and how it is tried. */
export type Row = {
	name: string;
	/** the routes that lead there, as `POST /api/threads/:slug/posts` */
	routes: string[];
	/** in words: what bounds the work */
	bound: string;
	/** Inputs at the limit of what is taken, each made to cost as much as it can. */
	write(random: () => number): string[];
	/**
	 * Makes what the inputs go to.
	 *
	 * @returns brings one input to where it makes work, and answers with the request to be weighed
	 */
	prepare(scene: Scene): Promise<(input: string) => Promise<() => Promise<Outcome>>>;
	/** what of the answer the input was made into; all of it by default */
	readOutput?(outcome: Outcome): string;
	/** Most bytes of output; 8 for each of the input and 10,000 by default. */
	maxOutput?(input: number): number;
	/** statuses that are right; 200, 201 and 422 by default */
	statuses?: number[];
};

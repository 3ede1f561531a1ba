import type { Db } from '../db/client.ts';
import type { AuditDone } from './audit/schema.ts';
import type { Encoder } from './images/encoding.ts';
import type { ImageStates } from './images/states.ts';
import type { ImageStorage } from './images/storage.ts';
import type { Uploads } from './images/uploads.ts';
import type { Live } from './live/hub.ts';
import type { Presence } from './live/presence.ts';
import type { Changed, Sockets } from './live/sockets.ts';
import type { Readings } from './posts/readings.ts';
import type { RenderingTime } from './posts/rendering-time.ts';
import type { Replies } from './replies/service.ts';
import type { Upvotes } from './upvotes/service.ts';

/** What every service takes first that reads. */
export type Context = {
	db: Db;
	live: Live;
	presence: Presence;
	sockets: Sockets;
	/** Tells every cache, socket and server what is no longer as it was. */
	changed(what: Changed): void;
	upvotes: Upvotes;
	replies: Replies;
	readings: Readings;
	renderingTime: RenderingTime;
	/** where the files of pictures are */
	storage: ImageStorage;
	encoder: Encoder;
	uploads: Uploads;
	imageStates: ImageStates;
};

/** What every service takes first that does something for somebody: who that is stands in its audit log. */
export type ActContext = Context & { audit: AuditDone };

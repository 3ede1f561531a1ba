import { ensureBuild } from '../build.ts';

await ensureBuild({ info: (message) => console.log(message) });
console.log('The client is built.');

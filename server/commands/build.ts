import { ensureBuild, ensureServerBuild } from '../build.ts';

await ensureServerBuild();
await ensureBuild({ info: (message) => console.log(message) });
console.log('The client and the server are built.');

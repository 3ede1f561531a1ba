import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { encodePicture } from './encode.ts';
import type { Limits, Task } from './encoding.ts';

const limits = JSON.parse(process.argv[2]!) as Limits;
const checkMs = 20;

/** Ends at once: `exit` would wait for what is being decoded. */
const end = () => process.kill(process.pid, 'SIGKILL');

setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
try {
	// where the machine has no memory left, Linux ends this process first
	writeFileSync('/proc/self/oom_score_adj', '1000');
} catch {
	// not Linux
}

let began: NodeJS.CpuUsage | null = null;
setInterval(() => {
	const { user, system } = began ? process.cpuUsage(began) : { user: 0, system: 0 };
	if (process.memoryUsage.rss() > limits.memory || (user + system) / 1000 > limits.workMs) end();
}, checkMs).unref();

/** The process that reads what strangers send: takes one picture after the other, and ends with its server. */
process.on('disconnect', end);
process.on('message', async ({ file, shape }: Task) => {
	began = process.cpuUsage();
	const answer = await encodePicture(file, shape);
	began = null;
	process.send!(answer);
});

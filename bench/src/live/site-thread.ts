// The site in a thread of its own: what asks it and what measures do not wait for one another.
import { parentPort, workerData } from 'node:worker_threads'
import { startSiteServer } from '@slipway/lab'

const { url } = await startSiteServer(workerData)
parentPort?.postMessage(url)

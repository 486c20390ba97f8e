/** Tencent publishes the body of `pushImage`; it is that of early Harbor, and so is what is read. */
export { harborBody as triggerCall } from '../harbor-body.ts'

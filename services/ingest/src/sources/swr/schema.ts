/** Huawei publishes no body, only the name of the event; it is that of Harbor, and so is what is read. */
export { harborBody as triggerCall } from '../harbor-body.ts'

import { isName } from '@slipway/core'
import { z } from 'zod'

const projectName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)
  .refine(isName)
const deploymentId = z.string().regex(/^d[0-9a-z]{1,31}$/)

export const none = z.strictObject({})
export const byProject = z.strictObject({ project: projectName })
export const byDeployment = z.strictObject({ deployment: deploymentId })
export const logQuery = z.strictObject({
  log: z.enum(['0', '1']).optional().describe('1: with its log.'),
})
export const verifyQuery = z.strictObject({
  quick: z.enum(['0', '1']).optional().describe('1: read only files whose inode, size or times differ.'),
})

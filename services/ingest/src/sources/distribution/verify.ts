import type { HookAuth } from '../source.ts'

// `notifications.endpoints[].headers` of the registry: any header with a fixed value, by custom this one. The secret is
// the whole value unless the hook names a prefix.
export const auth: HookAuth = { type: 'static-header', header: 'authorization' }

import { auditRoutes } from './audit-routes.ts'
import { deploymentRoutes } from './deployment-routes.ts'
import { freezeRoutes } from './freeze-routes.ts'
import { projectRoutes } from './project-routes.ts'
import { pruneRoutes } from './prune-routes.ts'
import type { ApiRoute } from './route.ts'
import { verifyRoutes } from './verify-routes.ts'

/** Every route of the API but the document that is made from this table. */
export const apiRoutes: readonly ApiRoute[] = [
  ...projectRoutes,
  ...deploymentRoutes,
  ...freezeRoutes,
  ...verifyRoutes,
  ...pruneRoutes,
  ...auditRoutes,
]

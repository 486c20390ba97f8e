import { fileURLToPath } from 'node:url'

const siteFolder = fileURLToPath(new URL('../../../examples/php-site', import.meta.url))
const labFolder = fileURLToPath(new URL('../../images', import.meta.url))

/** An image that the lab builds once and keeps. */
export interface Recipe {
  readonly base: 'debian' | RecipeName
  readonly context: string
  readonly dockerfile: string
  /** What goes into the image, as paths below the context: another content makes another image. */
  readonly inputs: readonly string[]
}

export type RecipeName = 'php' | 'php-fpm' | 'nginx' | 'mariadb' | 'redis' | 'registry'

/** The example site, whose source image is built from here. */
export const phpSiteFolder = siteFolder

export const recipes: Readonly<Record<RecipeName, Recipe>> = {
  php: site('debian', 'docker/php.Dockerfile', ['docker/php.Dockerfile']),
  'php-fpm': site('php', 'docker/php-fpm/Dockerfile', ['docker/php-fpm']),
  nginx: site('debian', 'docker/nginx/Dockerfile', ['docker/nginx']),
  mariadb: site('debian', 'docker/mariadb/Dockerfile', ['docker/mariadb']),
  redis: { base: 'debian', context: labFolder, dockerfile: 'redis/Dockerfile', inputs: ['redis'] },
  registry: { base: 'debian', context: labFolder, dockerfile: 'registry/Dockerfile', inputs: ['registry'] },
}

function site(base: Recipe['base'], dockerfile: string, inputs: readonly string[]): Recipe {
  return { base, context: siteFolder, dockerfile, inputs }
}

import type Docker from 'dockerode'
import { endpointsOf, hostSettings, shortId } from './carry-over.ts'
import { ownSettings, type Settings } from './follow-image.ts'
import type { Labels } from './marks.ts'

/** Compose compares it with the image that its file names, to find out whether a container is out of date. */
const composeImage = 'com.docker.compose.image'

/** How to make a container. */
export interface Recipe {
  readonly create: Docker.ContainerCreateOptions
  /** Networks beyond the first one. */
  readonly networks: readonly [name: string, endpoint: Docker.EndpointSettings][]
}

export interface RecipeOptions {
  readonly facts: Docker.ContainerInspectInfo
  /** `Config` of the image that the container has; empty when that is gone. */
  readonly oldImage: Settings
  /** The image for the new one: what to call it, and its id. */
  readonly image: { readonly reference: string; readonly id: string }
  readonly name: string
  readonly marks: Labels
}

/** The same container again, under another name and perhaps of another image. */
export function recipeOf({ facts, oldImage, image, name, marks }: RecipeOptions): Recipe {
  const ports = Object.keys(facts.HostConfig.PortBindings ?? {})
  const { Hostname, Labels, ...own } = ownSettings({ ...facts.Config }, oldImage, ports)
  const host = hostSettings(facts)
  const [first, ...networks] = endpointsOf(facts)
  return {
    create: {
      ...own,
      ...(isOwnHostname(facts, host) ? { Hostname: String(Hostname) } : {}),
      name,
      Image: image.reference,
      Labels: { ...withImage(Labels as Labels, image.id), ...marks },
      HostConfig: host,
      ...(first ? { NetworkingConfig: { EndpointsConfig: { [first[0]]: first[1] } } } : {}),
    },
    networks,
  }
}

function withImage(labels: Labels, id: string): Labels {
  return composeImage in labels ? { ...labels, [composeImage]: id } : labels
}

/** The engine makes one of the id when nobody sets one; with the host's own names none may be set. */
function isOwnHostname({ Id: id, Config }: Docker.ContainerInspectInfo, host: Docker.HostConfig): boolean {
  const { Hostname: hostname } = Config
  return hostname !== '' && hostname !== shortId(id) && host.UTSMode !== 'host' && host.NetworkMode !== 'host'
}

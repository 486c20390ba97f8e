import type Docker from 'dockerode'
import { describe, expect, it } from 'vitest'
import { judge } from './health-gate.ts'
import { referenceFor } from './images.ts'
import { recipeOf } from './recipe.ts'
import { refusalOf } from './refusal.ts'

type Facts = Docker.ContainerInspectInfo

const id = 'f00dfacecafe0123456789'
const digest = `sha256:${'a'.repeat(64)}`
const web = { name: { registry: 'registry.example.com', repository: 'acme/web' }, digest, tag: '1.2' }

describe('the recipe of a container that takes the place of another', () => {
  it('names the volumes that nobody named, and leaves those alone that have a name', () => {
    const { create } = recipe({
      HostConfig: {
        Binds: ['named:/named', '/bare'],
        Mounts: [{ Type: 'volume', Source: '', Target: '/declared' }],
      },
      Mounts: ['named', 'declared', 'bare', 'image'].map((name) => volume(`id-${name}`, `/${name}`)),
    })

    expect(create.HostConfig?.Binds).toEqual(['named:/named'])
    expect(create.HostConfig?.Mounts).toEqual([
      { Type: 'volume', Source: 'id-declared', Target: '/declared' },
      { Type: 'volume', Source: 'id-bare', Target: '/bare', ReadOnly: false },
      { Type: 'volume', Source: 'id-image', Target: '/image', ReadOnly: false },
    ])
  })

  it('is made in the network that is its first, and connected to the others', () => {
    const { create, networks } = recipe({
      HostConfig: { NetworkMode: 'front' },
      NetworkSettings: {
        Networks: {
          back: { NetworkID: '1', Aliases: ['db'], IPAddress: '10.0.0.2', MacAddress: '02:42' },
          front: {
            NetworkID: '2',
            Aliases: ['web', id.slice(0, 12)],
            IPAMConfig: { IPv4Address: '10.1.0.9' },
          },
        },
      },
    })

    expect(create.NetworkingConfig?.EndpointsConfig).toEqual({
      front: { Aliases: ['web'], IPAMConfig: { IPv4Address: '10.1.0.9' } },
    })
    expect(networks).toEqual([['back', { Aliases: ['db'] }]])
  })

  it('gives links back as they were given', () => {
    const { create } = recipe({ HostConfig: { Links: ['/db:/web/database'] } })

    expect(create.HostConfig?.Links).toEqual(['db:database'])
  })

  it.each([
    ['shop-web', {}, 'shop-web'],
    [id.slice(0, 12), {}, undefined],
    ['machine', { NetworkMode: 'host' }, undefined],
  ])('treats the host name %s with %o', (Hostname, HostConfig, expected) => {
    expect(recipe({ Config: { Hostname }, HostConfig }).create.Hostname).toBe(expected)
  })

  it('tells compose of the new image, and leaves its other labels', () => {
    const Labels = { 'com.docker.compose.image': 'sha256:old', 'com.docker.compose.service': 'web' }

    const { create } = recipe({ Config: { Labels } })

    expect(create.Labels).toEqual({
      'com.docker.compose.image': 'sha256:new',
      'com.docker.compose.service': 'web',
      mark: 'ours',
    })
  })
})

describe('what a new container calls its image', () => {
  it.each([
    ['registry.example.com/acme/web:1.2', 'registry.example.com/acme/web:1.2'],
    ['registry.example.com/acme/web:1.1', `registry.example.com/acme/web@${digest}`],
    ['registry.example.com/acme/web', `registry.example.com/acme/web@${digest}`],
    ['registry.example.com/acme/other:1.2', `registry.example.com/acme/web@${digest}`],
    [`registry.example.com/acme/web@sha256:${'b'.repeat(64)}`, `registry.example.com/acme/web@${digest}`],
    [`sha256:${'b'.repeat(64)}`, `registry.example.com/acme/web@${digest}`],
  ])('after %s is %s', (used, expected) => {
    expect(referenceFor(used, web).name).toBe(expected)
  })

  it('stays short where the tag is the one that nobody writes', () => {
    const hub = { name: { registry: 'docker.io', repository: 'library/nginx' }, digest, tag: 'latest' }

    expect(referenceFor('nginx', hub)).toEqual({ name: 'nginx:latest', isTag: true })
  })
})

describe('a container that cannot be replaced without harm', () => {
  it.each([
    ['Swarm service shop_web', { Config: { Labels: { 'com.docker.swarm.service.name': 'shop_web' } } }],
    ['--rm', { HostConfig: { AutoRemove: true } }],
    ['network of another container', { HostConfig: { NetworkMode: 'container:abc' } }],
  ])('is told by %s', (words, facts) => {
    expect(refusalOf(factsOf(facts), [])).toContain(words)
  })

  it('is one whose network others live in', () => {
    const guest = { Id: '1', Names: ['/sidecar'], HostConfig: { NetworkMode: `container:${id}` } }

    expect(refusalOf(factsOf({}), [guest as Docker.ContainerInfo])).toContain('sidecar')
    expect(refusalOf(factsOf({}), [])).toBeNull()
  })
})

describe('whether a container is well', () => {
  const running = { Running: true, Restarting: false, ExitCode: 0, Error: '' }

  it.each([
    ['well', { State: { ...running, Health: { Status: 'healthy', Log: [] } } }, false],
    ['wait', { State: { ...running, Health: { Status: 'starting', Log: [] } } }, true],
    ['wait', { State: running }, false],
    ['well', { State: running }, true],
  ])('is %s', (expected, facts, isSettled) => {
    expect(judge(factsOf(facts), 0, isSettled)).toBe(expected)
  })

  it.each([
    [/exit code 7/, { State: { ...running, Running: false, ExitCode: 7 } }],
    [/ended and was restarted/, { State: running, RestartCount: 1 }],
    [/exit code 8/, { State: { ...running, Restarting: true, ExitCode: 8 } }],
    [
      /unhealthy.*exit code 2, no answer/,
      {
        State: { ...running, Health: { Status: 'unhealthy', Log: [{ ExitCode: 2, Output: 'no answer\n' }] } },
      },
    ],
  ])('is told as %s', (words, facts) => {
    expect(judge(factsOf(facts), 0, true)).toMatch(words)
  })

  it('does not count how often it was restarted before', () => {
    expect(judge(factsOf({ State: running, RestartCount: 4 }), 4, true)).toBe('well')
  })
})

function recipe(facts: Parameters<typeof factsOf>[0]) {
  const image = { reference: 'acme/web', id: 'sha256:new' }
  return recipeOf({ facts: factsOf(facts), oldImage: {}, image, name: 'web', marks: { mark: 'ours' } })
}

/** As much of what the engine tells as these look at. */
function factsOf(more: { [key: string]: object | number }): Facts {
  const empty = {
    Id: id,
    Name: '/web',
    RestartCount: 0,
    Mounts: [],
    NetworkSettings: { Networks: {} },
    ...more,
    Config: { Hostname: '', Labels: {}, ...(more.Config as object) },
    HostConfig: { NetworkMode: 'default', ...(more.HostConfig as object) },
  }
  return empty as unknown as Facts
}

function volume(Name: string, Destination: string) {
  return { Type: 'volume', Name, Destination, Source: '', Mode: '', RW: true, Propagation: '' }
}

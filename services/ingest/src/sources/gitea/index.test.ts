import { describe, expect, it } from 'vitest'
import { itKeepsTheRulesOnTags } from '../../../test/tag-rules.ts'
import type { CallHeaders, Parsed } from '../source.ts'
import { gitea } from './index.ts'

const headersOfGitea = { 'x-gitea-event': 'package', 'x-gitea-delivery': 'd360a7d3' }
const container = {
  id: 900,
  owner: { login: 'pinecone', full_name: '松果 🌲' },
  type: 'container',
  name: 'notes',
  version: '1.7.0',
  html_url: 'https://git.example.com/pinecone/-/packages/container/notes/1.7.0',
  created_at: null,
}

function parse(found: object = {}, more: object = {}, headers: CallHeaders = headersOfGitea): Parsed {
  const body = { action: 'created', repository: null, package: { ...container, ...found }, ...more }
  return gitea.parse({ body, headers, settings: {} })
}

describe('gitea', () => {
  it('takes a container, with the host of its page', () => {
    expect(parse()).toEqual({
      kind: 'pushes',
      pushes: [
        {
          registry: 'git.example.com',
          repository: 'pinecone/notes',
          tag: '1.7.0',
          digest: null,
          event: 'd360a7d3',
          at: null,
        },
      ],
      passedOver: [],
    })
  })

  it("hears Forgejo by Forgejo's own headers", () => {
    const headers = { 'x-forgejo-event': 'package', 'x-forgejo-delivery': 'f1' }

    expect(parse({}, {}, headers)).toMatchObject({ pushes: [{ event: 'f1' }] })
  })

  it("does not take GitHub's headers for Gitea's", () => {
    expect(parse({}, {}, { 'x-github-event': 'package', 'x-github-delivery': 'g1' }).kind).toBe('reject')
  })

  it('takes a form, of which the JSON is signed', () => {
    expect(gitea.form).toEqual({ field: 'payload', signed: 'field' })
  })

  it.each(['push', 'create', 'release', 'repository', 'pull_request'])('ignores the event %s', (event) => {
    expect(gitea.parse({ body: {}, headers: { 'x-gitea-event': event }, settings: {} }).kind).toBe('ignore')
  })

  it.each(['deleted', 'updated'])('ignores the action %s, though it names a tag', (action) => {
    expect(parse({}, { action }).kind).toBe('ignore')
  })

  it.each(['npm', 'generic', 'helm', 'Container'])('ignores packages of the type %s', (type) => {
    expect(parse({ type, name: undefined, version: undefined }).kind).toBe('ignore')
  })

  it.each([
    ['http://git.example.com:3000/p/-/packages/1', 'git.example.com:3000'],
    ['https://git.example.com:443/p', 'git.example.com'],
    ['https://GIT.example.com/git/p', 'git.example.com'],
  ])('finds the host of %s', (html_url, registry) => {
    expect(parse({ html_url })).toMatchObject({ pushes: [{ registry }] })
  })

  it('prefers the host of the hook', () => {
    const body = { action: 'created', package: { ...container, html_url: undefined } }
    const parsed = gitea.parse({
      body,
      headers: headersOfGitea,
      settings: { registry: 'images.example.com' },
    })

    expect(parsed).toMatchObject({ pushes: [{ registry: 'images.example.com' }] })
  })

  it('lowers the name of the owner, and finds it under its older name', () => {
    expect(parse({ owner: { login: 'PineCone' } })).toMatchObject({
      pushes: [{ repository: 'pinecone/notes' }],
    })
    expect(parse({ owner: { username: 'pinecone' } })).toMatchObject({
      pushes: [{ repository: 'pinecone/notes' }],
    })
  })

  it('takes a name of several parts', () => {
    expect(parse({ name: 'apps/notes' })).toMatchObject({ pushes: [{ repository: 'pinecone/apps/notes' }] })
  })

  itKeepsTheRulesOnTags((version) => parse({ version }))

  it('does not take the age of the package for the time of the event', () => {
    expect(parse({}, {}, { 'x-gitea-event': 'package' })).toMatchObject({
      pushes: [{ event: null, at: null }],
    })
  })

  it.each([
    ['no owner', { owner: null }],
    ['no name', { name: undefined }],
    ['a name that climbs', { name: '../notes' }],
    ['no page', { html_url: undefined }],
    ['a page that is no web address', { html_url: 'javascript:alert(1)' }],
    ['no type', { type: undefined }],
  ])('rejects a package with %s', (_what, found) => {
    expect(parse(found).kind).toBe('reject')
  })

  it.each([[{}], [{ action: 'created' }], [{ package: container }], [[]]])('rejects the body %j', (body) => {
    expect(gitea.parse({ body, headers: headersOfGitea, settings: {} }).kind).toBe('reject')
  })
})

import { describe, expect, it } from 'vitest'
import type { Parsed, SourceSettings } from '../source.ts'
import { yunxiaoFlow } from './index.ts'

const digest = `sha256:${'ab12'.repeat(16)}`
const written = 'registry.cn-hangzhou.aliyuncs.com/lotus-shop/mall:58'
const hook = { task_name: '镜像构建', image_from: 'globalParams.IMAGE' }
const task = {
  pipelineId: 700101,
  pipelineName: '商城主干 🚀',
  stageName: '构建',
  taskName: '镜像构建',
  buildNumber: 58,
  statusCode: 'SUCCESS',
  statusName: '运行成功',
}

function parse(more: object = {}, rest: object = {}, settings: SourceSettings = hook): Parsed {
  const body = {
    event: 'task',
    action: 'status',
    task: { ...task, ...more },
    sources: [{ repo: 'https://codeup.aliyun.com/x.git', branch: 'master', privousCommitId: 'b490056e' }],
    globalParams: { IMAGE: written },
    ...rest,
  }
  return yunxiaoFlow.parse({ body, headers: {}, settings })
}

function parseImage(image: unknown): Parsed {
  return parse({}, { globalParams: { IMAGE: image } })
}

describe('yunxiao-flow', () => {
  it('takes the image of the parameter when the task has succeeded', () => {
    expect(parse()).toEqual({
      kind: 'pushes',
      pushes: [
        {
          registry: 'registry.cn-hangzhou.aliyuncs.com',
          repository: 'lotus-shop/mall',
          tag: '58',
          digest: null,
          event: null,
          at: null,
        },
      ],
      passedOver: [],
    })
  })

  it.each(['UNKOWN', 'RUNNING', 'WAITING', 'CANCELLING', 'CANCELED', 'FINISH', 'FAIL', 'SKIP', 'success'])(
    'ignores the status %s',
    (statusCode) => {
      expect(parse({ statusCode }).kind).toBe('ignore')
    },
  )

  it('ignores other tasks, and other calls of the step', () => {
    expect(parse({ taskName: '单元测试' }).kind).toBe('ignore')
    expect(parse({}, { event: 'pipeline' }).kind).toBe('ignore')
    expect(parse({}, { action: 'comment' }).kind).toBe('ignore')
  })

  it.each([
    [`Registry.Example.com:5000/a/b:V1@${digest}`, 'registry.example.com:5000', 'a/b', 'V1', digest],
    [`registry.example.com/a:v1@${digest.toUpperCase()}`, 'registry.example.com', 'a', 'v1', digest],
    ['registry.example.com/a:v1@sha256:zz', 'registry.example.com', 'a', 'v1', null],
    ['localhost:5000/a:v1', 'localhost:5000', 'a', 'v1', null],
    ['lotus/mall:58', 'docker.io', 'lotus/mall', '58', null],
    ['mall:58', 'docker.io', 'library/mall', '58', null],
  ])('reads %s', (image, registry, repository, tag, known) => {
    expect(parseImage(image)).toMatchObject({ pushes: [{ registry, repository, tag, digest: known }] })
  })

  it('prefers the host of the hook', () => {
    expect(parse({}, {}, { ...hook, registry: 'images.example.com' })).toMatchObject({
      pushes: [{ registry: 'images.example.com', repository: 'lotus-shop/mall' }],
    })
  })

  it.each([
    ['no tag', 'registry.example.com/a'],
    ['a port and no tag', 'registry.example.com:5000/a'],
    ['a digest and no tag', `registry.example.com/a@${digest}`],
    ['an empty tag', 'registry.example.com/a:'],
    ['the tag of a signature', `registry.example.com/a:sha256-${'ab12'.repeat(16)}.sig`],
    ['nothing', ''],
    ['null', null],
    ['a number', 58],
    ['an object', { IMAGE: written }],
  ])('ignores an image with %s', (_what, image) => {
    expect(parseImage(image).kind).toBe('ignore')
  })

  it.each([
    'registry.example.com/a:v1+b',
    'registry.example.com/a:b c',
    'registry.example.com/a:标签',
    'registry.example.com/A:v1',
    'registry.example.com/../a:v1',
    'https://registry.example.com/a:v1',
    `registry.example.com/a:v1@${digest}@${digest}`,
    'registry.example.com/a:b:c',
    ' registry.example.com/a:v1',
    ':v1',
  ])('rejects the image %j', (image) => {
    expect(parseImage(image).kind).toBe('reject')
  })

  it('finds the image by the path of the hook, in an object or in a list of keys and values', () => {
    const at = (image_from: string) => ({ ...hook, image_from })
    const params = [
      { key: 'ENV', value: '生产' },
      { key: 'IMAGE', value: written },
    ]

    expect(parse({}, { globalParams: params }).kind).toBe('pushes')
    expect(parse({ image: written }, {}, at('task.image')).kind).toBe('pushes')
    expect(parse({}, { image: written }, at('image')).kind).toBe('pushes')
    expect(parse({}, { list: [written] }, at('list.0')).kind).toBe('pushes')
  })

  it.each([
    'globalParams.OTHER',
    'globalParams.IMAGE.x',
    'constructor.name',
    '__proto__.toString',
    'globalParams.toString.name',
    'sources.length',
    'missing.IMAGE',
  ])('ignores a call that has nothing at %s', (image_from) => {
    expect(parse({}, {}, { ...hook, image_from }).kind).toBe('ignore')
  })

  it('ignores what it could only deploy if the hook named the parameter', () => {
    expect(parse({}, {}, { task_name: '镜像构建' }).kind).toBe('ignore')
  })

  it.each([
    ['no task', { task: undefined }],
    ['no status', { task: { taskName: '镜像构建' } }],
    ['no name of the task', { task: { statusCode: 'SUCCESS' } }],
    ['no event', { event: undefined }],
  ])('rejects a call with %s', (_what, rest) => {
    expect(parse({}, rest).kind).toBe('reject')
  })

  it('rejects bodies of another sender', () => {
    expect(yunxiaoFlow.parse({ body: {}, headers: {}, settings: hook }).kind).toBe('reject')
    expect(yunxiaoFlow.parse({ body: [], headers: {}, settings: hook }).kind).toBe('reject')
  })
})

import { describe, expect, it } from 'vitest'
import { ownSettings } from './follow-image.ts'

const image = {
  Env: ['PATH=/bin', 'FROM=image'],
  Cmd: ['serve'],
  Entrypoint: ['/entry'],
  User: 'www',
  WorkingDir: '/app',
  Labels: { stage: 'old' },
  Volumes: { '/data': {} },
  ExposedPorts: { '80/tcp': {}, '81/tcp': {} },
  Healthcheck: { Test: ['CMD', 'true'], Interval: 5 },
}

describe('the settings of a container itself', () => {
  it('are none where it says what its image says', () => {
    expect(ownSettings(image, image)).toEqual({ Env: [], Labels: {}, Volumes: {}, ExposedPorts: {} })
  })

  it.each([
    ['Env', ['PATH=/bin', 'FROM=me', 'OWN=1'], ['FROM=me', 'OWN=1']],
    ['Labels', { stage: 'mine', own: '1' }, { stage: 'mine', own: '1' }],
    ['Volumes', { '/data': {}, '/own': {} }, { '/own': {} }],
    ['User', 'root', 'root'],
    ['Cmd', ['work'], ['work']],
    ['Healthcheck', { Test: ['CMD', 'true'], Interval: 9 }, { Interval: 9 }],
    ['Healthcheck', { Test: ['NONE'] }, { Test: ['NONE'] }],
  ])('are what differs in %s', (key, told, own) => {
    expect(ownSettings({ ...image, [key]: told }, image)[key]).toEqual(own)
  })

  it('hold the command with an entrypoint of its own, which takes none from the image', () => {
    const own = ownSettings({ ...image, Entrypoint: ['/mine'] }, image)

    expect(own).toMatchObject({ Entrypoint: ['/mine'], Cmd: ['serve'] })
  })

  it('hold a port that is published, whoever named it', () => {
    expect(ownSettings(image, image, ['81/tcp']).ExposedPorts).toEqual({ '81/tcp': {} })
  })

  it('are all of them when its image is gone', () => {
    expect(ownSettings(image, {})).toEqual(image)
  })
})

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeFolder } from '../../test/folder.ts'
import { createSeenImagesFile } from './seen-images-file.ts'

describe('the file of seen images', () => {
  it('gives back what was saved, and nothing before', async () => {
    const seen = createSeenImagesFile(join(await makeFolder(), 'prune/seen.json'))
    const before = await seen.read()

    await seen.save(new Map([['sha256:a', 17]]))

    expect(before.size).toBe(0)
    expect(await seen.read()).toEqual(new Map([['sha256:a', 17]]))
  })

  it.each(['', '{', '[1]', 'null', '{"sha256:a":"yesterday"}'])('takes %j for nothing', async (content) => {
    const path = join(await makeFolder(), 'seen.json')
    await writeFile(path, content)

    const read = await createSeenImagesFile(path).read()

    expect(read.get('sha256:a')).toBeUndefined()
  })

  it('says that it could not be written', async () => {
    const folder = await makeFolder()
    await writeFile(join(folder, 'file'), '')

    const saving = createSeenImagesFile(join(folder, 'file/seen.json')).save(new Map())

    await expect(saving).rejects.toMatchObject({ code: 'RELEASE_STORE_FAILED' })
  })
})

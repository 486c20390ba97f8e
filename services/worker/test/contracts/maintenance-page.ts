import { describe, expect, it } from 'vitest'
import type { MaintenancePage } from '../../src/ports/maintenance-page.ts'

export interface MaintenanceFixture {
  readonly page: MaintenancePage
  /** A release root that is there, without a page. */
  readonly root: string
  /** Puts the file there that is not ours. */
  putByHand(): Promise<void>
}

const note = { since: 1_700_000_000_000, deployment: 'd-1' }

/** What every MaintenancePage keeps. */
export function describeMaintenancePage(name: string, make: () => Promise<MaintenanceFixture>): void {
  describe(`${name} as a maintenance page`, () => {
    it('is there from when it is shown until it is hidden', async () => {
      const { page, root } = await make()

      const before = await page.shown(root)
      await page.show(root, note)
      const during = await page.shown(root)
      const hidden = await page.hide(root)

      expect([before, during, hidden, await page.shown(root)]).toEqual([null, note, true, null])
      expect(await page.hide(root)).toBe(false)
    })

    it('is of the deployment that showed it last', async () => {
      const { page, root } = await make()
      await page.show(root, note)

      await page.show(root, { ...note, deployment: 'd-2' })

      expect(await page.shown(root)).toEqual({ ...note, deployment: 'd-2' })
    })

    it('leaves one that a person put there as it is', async () => {
      const { page, root, putByHand } = await make()
      await putByHand()

      await page.show(root, note)

      expect(await page.shown(root)).toBeNull()
      expect(await page.hide(root)).toBe(false)
    })
  })
}

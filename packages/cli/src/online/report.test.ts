import { describe, expect, it } from 'vitest'
import type { Answer } from './answer.ts'
import type { OnlinePlan } from './plan.ts'
import { reportOnline } from './report.ts'

const image = (name: string) => ({ registry: 'r.example.com', repository: name })
const readable: Answer = { kind: 'readable' }
const hidden: Answer = { kind: 'refused', code: 'IMAGE_NOT_FOUND', why: 'not there' }
const plan: OnlinePlan = { own: [], open: [], cross: [], leftOut: 0, shared: [] }

function report({ owner, cross, leftOut = 0 }: { owner: Answer; cross: Answer; leftOut?: number }) {
  const own = { project: 'blog', credentials: 'b', image: image('b'), tags: ['latest'] }
  const pair = { credentials: 'a', project: 'shop', owner: 'blog', image: image('b'), tag: 'latest' }
  return reportOnline(
    { ...plan, leftOut },
    {
      own: [{ question: own, answers: [{ tag: 'latest', answer: owner }] }],
      open: [],
      cross: [{ question: pair, answer: cross }],
    },
  )
}

describe('what is made of the answers', () => {
  it('takes an image that is hidden from others for refused when its own project sees it', () => {
    const { pairs, problems } = report({ owner: readable, cross: hidden })

    expect(pairs.map(({ answer }) => answer.kind)).toEqual(['refused'])
    expect(problems).toEqual([])
  })

  it('knows nothing of one that its own project does not see either', () => {
    const { pairs, problems } = report({ owner: hidden, cross: hidden })

    expect(pairs.map(({ answer }) => answer.kind)).toEqual(['unknown'])
    expect(problems).toEqual([
      'project blog: r.example.com/b:latest: IMAGE_NOT_FOUND: not there',
      expect.stringMatching(
        /^whether credentials a can read .+ is not known: IMAGE_NOT_FOUND: its own project/,
      ),
    ])
  })

  it('says how many pairs were not asked about', () => {
    expect(report({ owner: readable, cross: hidden, leftOut: 7 }).problems).toEqual([
      '7 pairs of projects were not asked about: there are too many',
    ])
  })
})
